/** The composer: a Draft.js editor, the counter and the button that publishes. */

import { CompositeDecorator, Editor, EditorState, getDefaultKeyBinding } from "draft-js";
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { weightedLength } from "../../../../extension/src/text-weight.ts";
import { textOf, withoutLastCharacter } from "../kit/draft.ts";
import { useLateness } from "../kit/lateness.ts";
import { role } from "../kit/marks.ts";
import { mark, newNonce, shell, type Person } from "../kit/shell.ts";
import { isPaste } from "../kit/typing.ts";
import { AttachmentList, FileInput, useAttachments } from "./attachments.tsx";
import { landmark, testId } from "./landmarks.ts";
import { Avatar } from "./person.tsx";
import { createPost } from "./site-api.ts";
import { words } from "./words.ts";

const TEXT_MAX = 280;
const WARNING_AT = 260;
const RING_RADIUS = 9;
const RING_LENGTH = 2 * Math.PI * RING_RADIUS;

const MARKED = /https?:\/\/\S+|(?<![\p{L}\p{N}_&])[#@][\p{L}\p{N}_]+/gu;

const decorator = new CompositeDecorator([
  {
    strategy: (block, mark) => {
      for (const found of block.getText().matchAll(MARKED))
        mark(found.index, found.index + found[0].length);
    },
    component: ({ children }: { readonly children?: ReactNode }) => (
      <span className="marked">{children}</span>
    ),
  },
]);

const empty = (): EditorState => EditorState.createEmpty(decorator);

interface ComposerProps {
  readonly person: Person;
  /** In the dialog, or at the top of the timeline. */
  readonly place: "dialog" | "inline";
  /** The post that is answered. */
  readonly parentId?: string | null;
  readonly onPosted: (postId: string) => void;
  readonly onRefused: (words: string) => void;
  readonly onLoggedOut: () => void;
  readonly onTextChange?: (text: string) => void;
}

export function Composer({
  person,
  place,
  parentId = null,
  onPosted,
  onRefused,
  onLoggedOut,
  onTextChange,
}: ComposerProps) {
  const [state, setState] = useState(empty);
  const [isSending, setSending] = useState(false);
  const editor = useRef<Editor>(null);
  const text = textOf(state);
  const weight = weightedLength(text);
  const attachments = useAttachments(onRefused);
  const isReady = useLateness(text.trim() !== "" || attachments.items.length > 0);
  const canPost = isReady && weight <= TEXT_MAX && !isSending && !attachments.isBusy;

  useEffect(() => onTextChange?.(text), [text, onTextChange]);
  useEffect(() => {
    if (place === "dialog") editor.current?.focus();
  }, [place]);

  const change = (next: EditorState) => {
    const grown = textOf(next).length - text.length;
    setState(shell.switches.other_text && isPaste(grown) ? withoutLastCharacter(next) : next);
  };

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  const post = async () => {
    if (!canPost || shell.switches.click_swallowed) return;
    setSending(true);
    const mediaIds = attachments.items.flatMap(({ mediaId }) => mediaId ?? []);
    const outcome = await createPost({ text, mediaIds, parentId }, newNonce());
    setSending(false);
    switch (outcome.kind) {
      case "created":
        setState(empty());
        attachments.clear();
        onPosted(outcome.id);
        return;
      case "logged_out":
        onLoggedOut();
        return;
      case "refused":
        onRefused(outcome.words);
        return;
      default:
        outcome satisfies never;
    }
  };

  const keyCommand = (event: KeyboardEvent): string | null =>
    event.key === "Enter" && (event.ctrlKey || event.metaKey)
      ? "publish"
      : getDefaultKeyBinding(event);

  return (
    <div className="composer" aria-busy={isSending}>
      <Avatar person={person} />
      <div className="composer-main">
        <div className="composer-text" onClick={() => editor.current?.focus()}>
          <Editor
            ref={editor}
            editorState={state}
            onChange={change}
            placeholder={words.placeholder}
            stripPastedStyles
            spellCheck
            role={role("textbox")}
            {...(testId("tweetTextarea_0") && {
              webDriverTestID: testId("tweetTextarea_0"),
            })}
            {...(mark(words.postText) && {
              ariaLabel: words.postText,
              ariaMultiline: true,
            })}
            keyBindingFn={keyCommand}
            handleKeyCommand={(command) => {
              if (command !== "publish") return "not-handled";
              void post();
              return "handled";
            }}
          />
        </div>
        <AttachmentList attachments={attachments} />
        <div className="composer-tools">
          <FileInput
            onFiles={(files) => {
              // The real composer is drawn anew, and forgets what was typed.
              setState(empty());
              attachments.add(files);
            }}
          />
          <span className="composer-audience">Everyone in this sandbox</span>
          {text !== "" && <Counter weight={weight} />}
          <button
            type="button"
            className="primary"
            {...landmark(
              place === "dialog" ? "tweetButton" : "tweetButtonInline",
              "button",
              words.post,
            )}
            disabled={!canPost}
            aria-disabled={!canPost}
            onClick={() => void post()}
          >
            <span>{words.post}</span>
          </button>
        </div>
      </div>
    </div>
  );
}

function Counter({ weight }: { readonly weight: number }) {
  const left = TEXT_MAX - weight;
  const level = left < 0 ? "over" : weight >= WARNING_AT ? "near" : "calm";
  const filled = Math.min(weight / TEXT_MAX, 1) * RING_LENGTH;
  return (
    <div
      className={`counter ${level}`}
      role="progressbar"
      aria-valuemin={0}
      aria-valuemax={TEXT_MAX}
      aria-valuenow={weight}
    >
      <svg viewBox="0 0 24 24" width="24" height="24" aria-hidden="true">
        <circle className="counter-track" cx="12" cy="12" r={RING_RADIUS} />
        <circle
          className="counter-fill"
          cx="12"
          cy="12"
          r={RING_RADIUS}
          strokeDasharray={`${filled} ${RING_LENGTH}`}
        />
      </svg>
      {level !== "calm" && <span className="counter-left">{left}</span>}
    </div>
  );
}

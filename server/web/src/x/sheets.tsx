/** What lies over a page: the composer's dialog, questions, and the toast. */

import { useCallback, useEffect, useState } from "react";
import { mark, shell, type Person } from "../kit/shell.ts";
import { Composer } from "./composer.tsx";
import { landmark } from "./landmarks.ts";
import { Link, navigate } from "./navigation.tsx";
import { words } from "./words.ts";

const TOAST_SECONDS = 8;

export interface Notice {
  readonly words: string;
  /** Where "View" leads. */
  readonly path?: string;
}

export function Toast({
  notice,
  onDone,
}: {
  readonly notice: Notice;
  readonly onDone: () => void;
}) {
  useEffect(() => {
    const timer = setTimeout(onDone, TOAST_SECONDS * 1000);
    return () => clearTimeout(timer);
  }, [notice, onDone]);
  return (
    <div className="toast" {...landmark("toast", "alert")}>
      <span>{notice.words}</span>
      {notice.path && (
        <Link to={notice.path} role="link">
          {words.view}
        </Link>
      )}
    </div>
  );
}

interface ComposeDialogProps {
  readonly person: Person;
  readonly parentId: string | null;
  readonly onPosted: (postId: string) => void;
  readonly onRefused: (words: string) => void;
  readonly onLoggedOut: () => void;
}

export function ComposeDialog({ person, parentId, ...outcomes }: ComposeDialogProps) {
  const [isAsking, setAsking] = useState(false);
  const [hasPopup, setPopup] = useState(shell.switches.popup_over_composer === true);
  const [isBlank, setBlank] = useState(true);
  const noteText = useCallback((text: string) => setBlank(text.trim() === ""), []);
  const leave = () => navigate("/home");
  const close = () => (isBlank ? leave() : setAsking(true));
  const isCovered = isAsking || hasPopup;

  return (
    <div className="layer">
      <div className="mask" onClick={close} />
      <div
        className="dialog"
        role={mark(shell.layout === "old" ? "dialog" : "region")}
        aria-modal={shell.layout === "old"}
        {...(isCovered && { inert: "" })}
        // A program's click does not care for what lies on top, so a covered composer refuses it here.
        onClickCapture={isCovered ? (event) => event.stopPropagation() : undefined}
        onKeyDown={(event) => event.key === "Escape" && close()}
      >
        <div className="dialog-head">
          <button
            type="button"
            className="icon"
            onClick={close}
            {...landmark("app-bar-close", "button", "Close")}
          >
            <Cross />
          </button>
        </div>
        <Composer
          person={person}
          place="dialog"
          parentId={parentId}
          onTextChange={noteText}
          {...outcomes}
        />
      </div>
      {isAsking && (
        <Question
          title="Discard this post?"
          words="What you wrote will be gone."
          yes="Discard"
          no="Keep writing"
          onYes={leave}
          onNo={() => setAsking(false)}
        />
      )}
      {hasPopup && (
        <div className="layer">
          <div className="mask" {...landmark("mask")} />
          <div
            className="sheet"
            role={mark("dialog")}
            aria-modal="true"
            {...landmark("sheetDialog")}
          >
            <button
              type="button"
              className="icon"
              onClick={() => setPopup(false)}
              {...landmark("app-bar-close", "button", "Close")}
            >
              <Cross />
            </button>
            <h2>Unlock more of the sandbox</h2>
            <p>An offer that nobody asked for lies over the composer. Close it to go on.</p>
          </div>
        </div>
      )}
    </div>
  );
}

interface QuestionProps {
  readonly title: string;
  readonly words: string;
  readonly yes: string;
  readonly no: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function Question({ title, words, yes, no, onYes, onNo }: QuestionProps) {
  return (
    <div className="layer">
      <div className="mask" onClick={onNo} />
      <div
        className="sheet"
        role={mark("alertdialog")}
        aria-modal="true"
        aria-label={title}
        {...landmark("confirmationSheetDialog")}
      >
        <h2>{title}</h2>
        <p>{words}</p>
        <button
          type="button"
          className="primary wide"
          onClick={onYes}
          {...landmark("confirmationSheetConfirm", "button")}
        >
          {yes}
        </button>
        <button
          type="button"
          className="plain wide"
          onClick={onNo}
          {...landmark("confirmationSheetCancel", "button")}
        >
          {no}
        </button>
      </div>
    </div>
  );
}

export function Cross() {
  return (
    <svg viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path
        d="M6 6l12 12M18 6L6 18"
        fill="none"
        stroke="currentColor"
        strokeWidth="2"
        strokeLinecap="round"
      />
    </svg>
  );
}

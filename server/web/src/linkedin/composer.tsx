/** The composer: audience, Quill editor, pictures, and the button that publishes. */

import { useEffect, useRef, useState } from "react";
import { useLateness } from "../kit/lateness.ts";
import { label, role } from "../kit/marks.ts";
import { newNonce, type Person } from "../kit/shell.ts";
import { makeEditor } from "./editor.ts";
import { className, switches } from "./marks.ts";
import { MediaEditor, type Chosen } from "./media-editor.tsx";
import { share, type Created } from "./site-api.ts";
import { words } from "./words.ts";

interface ComposerProps {
  readonly person: Person;
  readonly onDone: (outcome: Created) => void;
  readonly onClose: () => void;
}

export function Composer({ person, onDone, onClose }: ComposerProps) {
  const [text, setText] = useState("");
  const [media, setMedia] = useState<readonly Chosen[]>([]);
  const [isChoosing, setChoosing] = useState(false);
  const [isSending, setSending] = useState(false);
  const [isCovered, setCovered] = useState(switches.popup_over_composer === true);
  const place = useRef<HTMLDivElement>(null);
  const isReady = useLateness(text.trim() !== "" || media.length > 0);
  const canPost = isReady && !isSending;

  useEffect(() => {
    if (place.current === null) return;
    const quill = makeEditor(place.current, setText);
    if (switches.old_draft) quill.setText("What I wanted to say last week");
  }, []);

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  const post = async () => {
    if (!canPost || switches.click_swallowed) return;
    setSending(true);
    const urns = media.map(({ urn }) => urn);
    onDone(await share(text, urns, newNonce()));
    setSending(false);
  };

  return (
    <div className="overlay">
      <div className={className("share-box")} role={role("dialog")} aria-modal="true">
        <header>
          <strong>{person.name}</strong>
          <button type="button" className={className("share-unified-settings-entry-button")}>
            {switches.other_audience ? words.connections : words.anyone}
          </button>
          <button type="button" {...label(words.close)} onClick={onClose}>
            ×
          </button>
        </header>
        <div hidden={isChoosing}>
          <div ref={place} />
          <Preview media={media} />
          <footer>
            <button
              type="button"
              className={className("share-promoted-detour-button")}
              {...label(words.addMedia)}
              onClick={() => setChoosing(true)}
            >
              ▣
            </button>
            <button
              type="button"
              className={`${className("share-actions__primary-action")} primary`}
              disabled={!canPost}
              onClick={() => void post()}
            >
              {switches.no_landmarks ? "➤" : words.post}
            </button>
          </footer>
        </div>
        {isChoosing && (
          <MediaEditor
            onNext={(chosen) => {
              setMedia((held) => [...held, ...chosen]);
              setChoosing(false);
            }}
          />
        )}
        {isCovered && (
          <div className="sheet" role={role("dialog")}>
            <p>{words.offer}</p>
            <button
              type="button"
              className={className("artdeco-modal__dismiss")}
              {...label(words.close)}
              onClick={() => setCovered(false)}
            >
              ×
            </button>
          </div>
        )}
      </div>
    </div>
  );
}

function Preview({ media }: { readonly media: readonly Chosen[] }) {
  return (
    <div className={className("share-creation-state__media")}>
      {media.map(({ urn, url, isVideo }) =>
        isVideo ? <video key={urn} src={url} muted /> : <img key={urn} src={url} alt="" />,
      )}
    </div>
  );
}

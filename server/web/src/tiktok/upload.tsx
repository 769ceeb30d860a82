/** The upload page: a video, its caption, and the button that publishes. */

import { useState } from "react";
import { useLateness } from "../kit/lateness.ts";
import { label, written } from "../kit/marks.ts";
import { mark, newNonce, shell } from "../kit/shell.ts";
import { Caption } from "./caption.tsx";
import { Coverable, Dialog, Tour } from "./dialogs.tsx";
import { e2e, named, switches } from "./marks.ts";
import { postProject, upload, type Created } from "./site-api.ts";
import { words } from "./words.ts";

const WHOLE = 100;

type Cover = "popup" | "checks" | "tour" | "ask" | null;

interface Chosen {
  readonly file: File;
  readonly percent: number;
  /** Null while on its way, false when it was refused. */
  readonly id: string | null | false;
}

export function UploadPage({ onDone }: { readonly onDone: (outcome: Created) => void }) {
  const [chosen, setChosen] = useState<Chosen | null>(null);
  const [text, setText] = useState("");
  const [isSending, setSending] = useState(false);
  const [cover, setCover] = useState<Cover>(switches.gives_a_tour ? "tour" : null);
  const isReady = useLateness(typeof chosen?.id === "string");
  const canPost = isReady && !isSending;

  const take = (file: File | undefined) => {
    if (file === undefined) return;
    setChosen({ file, percent: 0, id: null });
    setText(file.name);
    if (switches.popup_over_composer) setCover("popup");
    if (switches.offers_checks) setCover("checks");
    const tell = (share: number) =>
      setChosen({ file, percent: Math.floor(share * WHOLE), id: null });
    void upload(file, tell).then((id) => setChosen({ file, percent: WHOLE, id: id ?? false }));
  };

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  const send = async () => {
    if (typeof chosen?.id !== "string") return;
    setSending(true);
    onDone(await postProject(text, chosen.id, newNonce()));
    setSending(false);
  };
  const post = () => {
    if (!canPost || switches.click_swallowed) return;
    if (switches.asks_to_continue) setCover("ask");
    else void send();
  };

  return (
    <>
      <Coverable isCovered={cover !== null}>
        {chosen === null ? (
          <Select onFile={take} />
        ) : (
          <div className="card">
            <Progress chosen={chosen} />
            <Caption fileName={chosen.file.name} onText={setText} />
            <div {...named("data-e2e", "video_visibility_container")}>
              <button type="button" role={mark("combobox")}>
                {switches.other_audience ? words.onlyYou : words.everyone}
              </button>
            </div>
            <input type="file" accept="image/png, image/jpeg" hidden />
            <div className={shell.layout === "old" && mark("x") ? "button-group" : "buttons"}>
              <button
                type="button"
                className="primary"
                {...e2e("post_video_button")}
                data-disabled={!canPost}
                aria-disabled={!canPost}
                onClick={post}
              >
                {written(words.post)}
              </button>
            </div>
          </div>
        )}
      </Coverable>
      {cover === "tour" && <Tour onSkip={() => setCover(null)} />}
      {(cover === "popup" || cover === "checks") && (
        <Dialog
          title={words.checks}
          yes={words.turnOn}
          onYes={() => (document.title = "turned on what nobody read")}
          onNo={() => setCover(null)}
        />
      )}
      {cover === "ask" && (
        <Dialog
          title={words.ask}
          yes={words.postNow}
          onYes={() => {
            setCover(null);
            void send();
          }}
          onNo={() => setCover(null)}
        />
      )}
    </>
  );
}

function Select({ onFile }: { readonly onFile: (file: File | undefined) => void }) {
  return (
    <div className="card" {...e2e("select_video_container")}>
      <input
        type="file"
        accept={switches.no_landmarks ? "*" : "video/*"}
        hidden
        onChange={(event) => onFile(event.target.files?.[0])}
      />
      <button
        type="button"
        className="primary"
        {...(shell.layout === "old" ? label(words.select) : e2e("select_video_button"))}
      >
        {written(words.select)}
      </button>
    </div>
  );
}

function Progress({ chosen: { file, percent, id } }: { readonly chosen: Chosen }) {
  return (
    <div className="info">
      <b>{file.name}</b>
      {id === null && <span className="info-progress-num">{percent}%</span>}
      {id === false && <span role={mark("alert")}>{words.failed}</span>}
      {typeof id === "string" && (
        <>
          <span className="info-status">
            {words.uploaded}（{(file.size / 1e6).toFixed(2)}MB）
          </span>
          <button type="button">{words.replace}</button>
        </>
      )}
    </div>
  );
}

/** The dialog in which a post is made: files, crop, edit, caption, and the button that publishes. */

import { useState } from "react";
import { useLateness } from "../kit/lateness.ts";
import { role, written } from "../kit/marks.ts";
import { newNonce, shell } from "../kit/shell.ts";
import { Caption } from "./caption.tsx";
import { isNew } from "./design.ts";
import { Dialog, Icon } from "./dialogs.tsx";
import { configure, isVideo, upload, type Created } from "./site-api.ts";
import { words } from "./words.ts";

type Step = "select" | "crop" | "edit" | "caption" | "sharing";

interface Chosen {
  readonly file: File;
  readonly url: string;
}

const TITLES: Readonly<Record<Step, string>> = {
  select: words.create,
  crop: words.crop,
  edit: words.edit,
  caption: words.create,
  sharing: words.sharing,
};

export function CreateDialog({ onDone }: { readonly onDone: (outcome: Created) => void }) {
  const [step, setStep] = useState<Step>("select");
  const [chosen, setChosen] = useState<readonly Chosen[]>([]);
  const [numbers, setNumbers] = useState<readonly (string | null)[] | null>(null);
  const [text, setText] = useState("");
  const [hasFailed, setFailed] = useState(false);
  const [hasInfo, setInfo] = useState(false);
  const canShare = useLateness(step === "caption" && numbers !== null);

  const take = async (files: readonly File[]) => {
    setChosen(files.map((file) => ({ file, url: URL.createObjectURL(file) })));
    const sent = await Promise.all(files.map(upload));
    setNumbers(sent);
    if (sent.includes(null)) return setFailed(true);
    setInfo(isNew && files.some(isVideo));
    setStep("crop");
  };

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  const share = async () => {
    if (!canShare || shell.switches.click_swallowed || numbers === null) return;
    setStep("sharing");
    const held = numbers.flatMap((number) => number ?? []);
    const [first] = chosen;
    const isReel = first !== undefined && isVideo(first.file);
    onDone(await configure(text, held, isReel, newNonce()));
  };

  return (
    <>
      <Dialog title={TITLES[step]}>
        {step === "select" && <Select onFiles={(files) => void take(files)} />}
        {hasFailed && <h2>{words.failed}</h2>}
        {step === "crop" && <Crop chosen={chosen} />}
        {(step === "edit" || step === "caption") && <Previews chosen={chosen.slice(0, 1)} />}
        {step === "caption" && <Caption onText={setText} />}
        {step === "sharing" && <div role={role("progressbar")} className="spinner" />}
        {(step === "crop" || step === "edit") && (
          <div
            role={role("button")}
            className="primary"
            tabIndex={0}
            onClick={() => setStep(step === "crop" ? "edit" : "caption")}
          >
            {written(words.next)}
          </div>
        )}
        {step === "caption" && (
          <div
            role={role("button")}
            className="primary"
            tabIndex={0}
            aria-disabled={!canShare}
            onClick={() => void share()}
          >
            {written(words.share)}
          </div>
        )}
      </Dialog>
      {hasInfo && (
        <Dialog title={words.reels}>
          <button type="button" onClick={() => setInfo(false)}>
            {written(words.ok)}
          </button>
        </Dialog>
      )}
    </>
  );
}

function Select({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  return (
    <form>
      <input
        type={shell.switches.no_landmarks ? "text" : "file"}
        accept="image/avif,image/jpeg,image/png,image/heic,image/heif,video/mp4,video/quicktime"
        multiple
        hidden
        onChange={(event) => onFiles([...(event.target.files ?? [])])}
      />
      <button type="button">{words.select}</button>
    </form>
  );
}

/** A square is cut out unless something else is chosen; several files are listed in the gallery alone. */
function Crop({ chosen }: { readonly chosen: readonly Chosen[] }) {
  const [hasChoices, setChoices] = useState(false);
  const [isOriginal, setOriginal] = useState(false);
  const [hasGallery, setGallery] = useState(false);
  return (
    <div className={isOriginal ? "whole" : "square"}>
      <Previews chosen={chosen.slice(0, 1)} />
      <button type="button" onClick={() => setChoices(true)}>
        <Icon name={words.selectCrop} />
      </button>
      {hasChoices && (
        <div role={role("button")} tabIndex={0} onClick={() => setOriginal(true)}>
          {written(words.original)}
        </div>
      )}
      <button type="button" onClick={() => setGallery(true)}>
        <Icon name={words.gallery} />
      </button>
      {hasGallery &&
        chosen.map((each) => (
          <div key={each.url} className="thumb" draggable="true">
            <Previews chosen={[each]} />
          </div>
        ))}
    </div>
  );
}

function Previews({ chosen }: { readonly chosen: readonly Chosen[] }) {
  return chosen.map(({ file, url }) =>
    isVideo(file) ? (
      <video key={url} src={url} muted preload="none" />
    ) : (
      <img key={url} src={url} alt="" />
    ),
  );
}

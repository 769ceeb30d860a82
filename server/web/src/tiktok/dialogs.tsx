/** What lies over the page until somebody closes it. */

import type { ReactNode } from "react";
import { label, written } from "../kit/marks.ts";
import { mark } from "../kit/shell.ts";
import { words } from "./words.ts";

interface DialogProps {
  readonly title: string;
  readonly yes: string;
  readonly onYes: () => void;
  readonly onNo: () => void;
}

export function Dialog({ title, yes, onYes, onNo }: DialogProps) {
  return (
    <div className="layer">
      <div className="TUXModal common-modal" role={mark("dialog")}>
        <h2>{title}</h2>
        <button type="button" onClick={onNo}>
          {written(words.cancel)}
        </button>
        <button type="button" className="primary" onClick={onYes}>
          {written(yes)}
        </button>
      </div>
    </div>
  );
}

export function Tour({ onSkip }: { readonly onSkip: () => void }) {
  return (
    <div id={mark("react-joyride-portal")} className="layer">
      <div className="react-joyride__tooltip" role={mark("alertdialog")}>
        <h4>{words.tour}</h4>
        <button type="button" data-action={mark("skip")} {...label(words.skip)} onClick={onSkip}>
          {written(words.skip)}
        </button>
      </div>
    </div>
  );
}

/** A program's click does not care for what lies on top, so a covered page refuses it here. */
export function Coverable({
  isCovered,
  children,
}: {
  readonly isCovered: boolean;
  readonly children: ReactNode;
}) {
  return (
    <div onClickCapture={isCovered ? (event) => event.stopPropagation() : undefined}>
      {children}
    </div>
  );
}

/** A dialog with its heading, and icons that only their labels name. */

import type { ReactNode } from "react";
import { label, role } from "../kit/marks.ts";

interface DialogProps {
  readonly title: string;
  readonly children: ReactNode;
}

export function Dialog({ title, children }: DialogProps) {
  return (
    <div className="layer">
      <div className="dialog" role={role("dialog")} {...label(title)}>
        <div role={role("heading")} aria-level={1}>
          {title}
        </div>
        {children}
      </div>
    </div>
  );
}

export function Icon({ name }: { readonly name: string }) {
  return (
    <svg viewBox="0 0 24 24" width="24" height="24" role="img" {...label(name)}>
      <path d="M12 4v16M4 12h16" stroke="currentColor" strokeWidth="2" />
    </svg>
  );
}

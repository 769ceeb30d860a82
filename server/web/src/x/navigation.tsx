/** Where the person is: pages change without a reload, as on the real site. */

import { useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";
import { at, path } from "../kit/shell.ts";

const CHANGED = "sandbox:navigated";

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  addEventListener(CHANGED, listener);
  return () => {
    removeEventListener("popstate", listener);
    removeEventListener(CHANGED, listener);
  };
}

/** The path of the present page, counted from where the site is mounted. */
export const usePath = (): string => useSyncExternalStore(subscribe, path);

/** Go to another page of the site. */
export function navigate(path: string): void {
  history.pushState(null, "", at(path));
  dispatchEvent(new Event(CHANGED));
}

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  readonly to: string;
  readonly [data: `data-${string}`]: string | undefined;
}

/** A link to a page of the site. */
export function Link({ to, ...rest }: LinkProps) {
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={at(to)} onClick={follow} {...rest} />;
}

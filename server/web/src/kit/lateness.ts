/** The switch that leaves a button grey for a while. */

import { useEffect, useState } from "react";
import { shell } from "./shell.ts";

/** `isReady`, once it has held for as long as the switch says. */
export function useLateness(isReady: boolean): boolean {
  const delay = shell.switches.button_enabled_late ?? 0;
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (!isReady || delay === 0) return;
    const timer = setTimeout(() => setLate(true), delay);
    return () => clearTimeout(timer);
  }, [isReady, delay]);
  return isReady && (delay === 0 || isLate);
}

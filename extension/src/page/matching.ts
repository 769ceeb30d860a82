/** Decides whether a live post's text is a job's text, as platforms change texts when they show them. */

/** Bidirectional marks, zero-width characters, soft hyphens, byte order marks, variation selectors: shown as nothing. */
const INVISIBLE =
  /[\u00AD\u200B-\u200F\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFE0E\uFE0F\uFEFF]/gu;
const CUT = "…";
const LINK = /[\p{L}\p{N}_]\.\p{L}{2,}/u;
/** LinkedIn shows a short link of its own in the place of a long one. */
const SHORT_LINK = /^[^\p{L}\p{N}_]*(?:https?:\/\/)?lnkd\.in\/[\p{L}\p{N}_-]+[^\p{L}\p{N}_]*$/u;

export function isSameText(wanted: string, live: string): boolean {
  const wantedWords = words(wanted);
  const liveWords = words(live);
  return (
    wantedWords.length === liveWords.length &&
    wantedWords.every((word, index) => isSameWord(word, liveWords[index] ?? ""))
  );
}

function words(text: string): string[] {
  return text.normalize("NFC").replace(INVISIBLE, "").split(/\s+/u).filter(Boolean);
}

function isSameWord(wanted: string, live: string): boolean {
  if (wanted === live) return true;
  if (SHORT_LINK.test(live)) return LINK.test(wanted);
  const [bareWanted, bareLive] = [bareLink(wanted), bareLink(live)];
  if (bareWanted === bareLive) return true;
  const looksLikeLink = /[./]/.test(bareLive) && bareLive.includes(CUT);
  return looksLikeLink && shortened(bareLive).test(bareWanted);
}

/** Links are shown without protocol, `www.` and the last slash. */
function bareLink(word: string): string {
  return word.replace(/https?:\/\/(?:www\.)?|\bwww\./i, "").replace(/\/(?=[).,;:!?'"\]]*$)/, "");
}

/** Long links are cut: what stands before the ellipsis is the beginning, what stands behind it the end. */
function shortened(live: string): RegExp {
  const parts = live.split(CUT).map((part) => part.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  return new RegExp(`^${parts.join("\\S*")}$`, "u");
}

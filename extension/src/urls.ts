// Finds what X takes for a URL in a text, with or without a protocol. The twin of domain/urls.py.

import table from "../../shared/text/x.json" with { type: "json" };

const rules = table.url;
const ASSUMED_PROTOCOL = "https://";
const PROTOCOLS = ["https://", "http://"];
const LABEL_EDGE_MARKS = "-_";
const PUNYCODE_PREFIX = "xn--";

const topLevelDomains = new Set(rules.topLevelDomains.split(" "));
const topLevelDomainLengthMax = Math.max(...[...topLevelDomains].map((it) => it.length));

const path = `[${rules.path}]`;
const parentheses = `\\((?:${path}+|${path}*\\(${path}+\\)${path}*)\\)`;
const segment = `(?:${path}*(?:${parentheses}${path}*)*(?:[${rules.pathEnd}]|${parentheses})|@${path}+/)`;
const query = `\\?[${rules.query}]*[${rules.queryEnd}]`;
const shortLinkHost = rules.shortLinkHost.replaceAll(".", "\\.");

const DOTTED_RUN = new RegExp(
  `(?<![^${rules.notInDomain}])[^.${rules.notInDomain}]*\\.[^${rules.notInDomain}]*`,
  "gu",
);
// Without the u flag: a search may begin between the halves of a surrogate pair.
const START = new RegExp(`(?<![${rules.notBefore}])[^${LABEL_EDGE_MARKS}]`, "g");
const NOT_BEFORE = new RegExp(`[${rules.notBefore}]`, "u");
const NOT_BEFORE_BARE_DOMAIN = new RegExp(`[${rules.notBeforeBareDomain}]`, "u");
const NOT_AFTER_TOP_LEVEL_DOMAIN = new RegExp(`[${rules.notAfterTopLevelDomain}]`, "u");
const BARE_LABEL_END = new RegExp(`[${rules.bareDomain}]+$`, "u");
const TAIL = new RegExp(`(?::[0-9]+)?(?<path>/${segment}*)?(?:${query})?`, "uy");
const SHORT_LINK = new RegExp(`^https?://${shortLinkHost}/(?<slug>[a-z0-9]+)(?:${query})?`, "iu");
const PUNYCODE_LABEL = /^xn--[0-9a-z-]+/i;
const DOTS_TO_PUNYCODE = /[\u3002\uFF0E\uFF61]/;
const ASCII = /^[\0-\x7F]*$/;

export type Span = readonly [start: number, end: number];

interface Domain {
  urlStart: number;
  start: number;
  end: number;
}

/** What stands between two dots, and where a domain ends that has this label before its last. */
interface Label {
  start: number;
  end: number;
  /** Its last underscore, or the place before the label. */
  lastUnderscore: number;
  /** End of the domain when more labels follow before the top level. */
  farEnd: number | undefined;
  /** End of the domain when the top level follows at once; then an underscore is not allowed. */
  nearEnd: number | undefined;
  /** End of the top-level domain that this label begins with. */
  topLevelEnd: number | undefined;
}

/**
 * Start and end of each URL, in order, as X's own pattern would find them.
 *
 * That pattern tries each character as a start and takes quadratic time. This walks once over the
 * dotted runs of domain characters and finds the same, quirks included: they decide what fits.
 */
export function findUrls(text: string): Span[] {
  const urls: Span[] = [];
  let resume = 0; // the end of the last match, counted or refused; the next begins after one character
  for (const run of text.matchAll(DOTTED_RUN)) {
    const labels = labelsOf(run[0], run.index, text);
    for (const label of labels) {
      const domain = domainFrom(text, label, resume);
      if (domain === undefined) continue;
      const { urlStart, start, end } = domain;
      const tail = tailOf(text, end);
      resume = tail.end;
      if (!isShortEnough(text.slice(start, end), start - urlStart, tail.end - urlStart)) continue;
      if (urlStart < start) urls.push(...withProtocol(text, urlStart, tail.end));
      else if (start === 0 || !NOT_BEFORE_BARE_DOMAIN.test(text.charAt(start - 1)))
        urls.push(...withoutProtocol(text, labels, start, end, tail.hasPath ? tail.end - end : 0));
    }
  }
  return urls;
}

/** The labels of one run; what a domain may still reach is known from right to left. */
function labelsOf(run: string, offset: number, text: string): Label[] {
  const labels: Label[] = [];
  let farEnd: number | undefined;
  let nearEnd: number | undefined;
  let end = offset + run.length;
  for (const name of run.split(".").reverse()) {
    const start = end - name.length;
    const endsWell = name !== "" && !LABEL_EDGE_MARKS.includes(name.charAt(name.length - 1));
    const label: Label = {
      start,
      end,
      lastUnderscore: start + name.lastIndexOf("_"),
      farEnd: endsWell ? farEnd : undefined,
      nearEnd: endsWell ? nearEnd : undefined,
      topLevelEnd: start > offset ? topLevelEnd(text, start, end) : undefined,
    };
    labels.push(label);
    farEnd = domainEnd(text, label, start);
    nearEnd = label.topLevelEnd;
    end = start - 1;
  }
  return labels.reverse();
}

function domainEnd(text: string, label: Label, start: number): number | undefined {
  if (start >= label.end || LABEL_EDGE_MARKS.includes(text.charAt(start))) return undefined;
  return label.farEnd ?? (start > label.lastUnderscore ? label.nearEnd : undefined);
}

function topLevelEnd(text: string, start: number, labelEnd: number): number | undefined {
  for (let end = Math.min(labelEnd, start + topLevelDomainLengthMax); end > start; end--) {
    const isListed = topLevelDomains.has(text.slice(start, end).toLowerCase());
    if (isListed && !NOT_AFTER_TOP_LEVEL_DOMAIN.test(text.charAt(end))) return end;
  }
  const punycode = PUNYCODE_LABEL.exec(text.slice(start, labelEnd));
  return punycode ? start + punycode[0].length : undefined;
}

/** Start of URL, start and end of domain, for the first domain that begins in this label. */
function domainFrom(text: string, label: Label, resume: number): Domain | undefined {
  const urlStart = protocolStart(text, label.start, resume);
  const wholeEnd = domainEnd(text, label, label.start);
  if (urlStart !== undefined && wholeEnd !== undefined) {
    return { urlStart, start: label.start, end: wholeEnd };
  }
  const first = label.farEnd !== undefined ? label.start : label.lastUnderscore + 1;
  const start = firstStart(text, Math.max(first, resume + 1), label.end);
  if (first === 0 && wholeEnd !== undefined && start !== 1) {
    return { urlStart: 0, start: 0, end: wholeEnd }; // X tries a text's beginning only after its second character
  }
  const end = start === undefined ? undefined : domainEnd(text, label, start);
  return start === undefined || end === undefined ? undefined : { urlStart: start, start, end };
}

function firstStart(text: string, from: number, labelEnd: number): number | undefined {
  START.lastIndex = from;
  const found = from < labelEnd ? START.exec(text) : null;
  return found && found.index < labelEnd ? found.index : undefined;
}

function protocolStart(text: string, domainStart: number, resume: number): number | undefined {
  const before = text
    .slice(Math.max(0, domainStart - ASSUMED_PROTOCOL.length), domainStart)
    .toLowerCase();
  const protocol = PROTOCOLS.find((it) => before.endsWith(it));
  if (protocol === undefined) return undefined;
  const start = domainStart - protocol.length;
  const isFree = start === 0 || (start > resume && !NOT_BEFORE.test(text.charAt(start - 1)));
  return isFree ? start : undefined;
}

/** The end of port, path and query after a domain, and whether there is a path. */
function tailOf(text: string, start: number): { end: number; hasPath: boolean } {
  TAIL.lastIndex = start;
  const tail = TAIL.exec(text);
  return { end: start + (tail?.[0].length ?? 0), hasPath: tail?.groups?.["path"] !== undefined };
}

function isShortEnough(domain: string, protocolLength: number, urlLength: number): boolean {
  // X adds the protocol's length although the URL has it already.
  const counted = urlLength + (protocolLength || ASSUMED_PROTOCOL.length);
  return counted <= rules.lengthMax && domain.split(".").every(isLabelShortEnough);
}

function isLabelShortEnough(label: string): boolean {
  const length = [...label].length;
  if (ASCII.test(label) || length > rules.labelLengthMax) return length <= rules.labelLengthMax;
  const parts = label.split(DOTS_TO_PUNYCODE);
  const encoded = parts.reduce((sum, part) => sum + punycodeLength(part), parts.length - 1);
  return encoded <= rules.labelLengthMax;
}

/** How long a label is in ASCII (RFC 3492; the numbers are its parameters). */
function punycodeLength(label: string): number {
  const points = [...label].map((it) => it.codePointAt(0) ?? 0);
  const basic = points.filter((it) => it < 0x80).length;
  if (basic === points.length) return basic;
  let length = PUNYCODE_PREFIX.length + basic + (basic > 0 ? 1 : 0);
  let [point, delta, bias, handled] = [0x80, 0, 72, basic];
  while (handled < points.length) {
    const next = Math.min(...points.filter((it) => it >= point));
    delta += (next - point) * (handled + 1);
    for (const it of points) {
      if (it < next) delta++;
      if (it !== next) continue;
      length += digits(delta, bias);
      bias = adapt(delta, handled + 1, handled === basic);
      delta = 0;
      handled++;
    }
    point = next + 1;
    delta++;
  }
  return length;
}

function digits(delta: number, bias: number): number {
  let count = 1;
  for (let k = 36, rest = delta; ; k += 36, count++) {
    const threshold = Math.min(Math.max(k - bias, 1), 26);
    if (rest < threshold) return count;
    rest = Math.floor((rest - threshold) / (36 - threshold));
  }
}

function adapt(delta: number, handled: number, isFirst: boolean): number {
  let rest = Math.floor(delta / (isFirst ? 700 : 2));
  rest += Math.floor(rest / handled);
  let k = 0;
  for (; rest > 455; k += 36) rest = Math.floor(rest / 35);
  return k + Math.floor((36 * rest) / (rest + 38));
}

function withProtocol(text: string, start: number, end: number): Span[] {
  const shortLink = SHORT_LINK.exec(text.slice(start, end));
  if (!shortLink) return [[start, end]];
  const slug = shortLink.groups?.["slug"] ?? "";
  return slug.length > rules.shortLinkSlugMax ? [] : [[start, start + shortLink[0].length]];
}

/**
 * The parts of a domain that have plain letters only; the last is longer by the path.
 *
 * X adds the path's length even where other letters lie between the part and the path.
 */
function withoutProtocol(
  text: string,
  labels: Label[],
  start: number,
  end: number,
  pathLength: number,
): Span[] {
  const found: Span[] = [];
  let piece: number | undefined;
  let pieceEnd: number | undefined;
  const finish = (): void => {
    if (piece !== undefined && pieceEnd !== undefined) found.push([piece, pieceEnd]);
    pieceEnd = undefined;
  };
  for (const label of labels) {
    const [labelStart, labelEnd] = [Math.max(label.start, start), Math.min(label.end, end)];
    if (labelStart >= labelEnd) continue;
    if (piece !== undefined && label.topLevelEnd !== undefined) pieceEnd = label.topLevelEnd;
    const plain = BARE_LABEL_END.exec(text.slice(labelStart, labelEnd));
    if (piece !== undefined && plain?.index === 0) continue;
    finish();
    piece = plain ? labelStart + plain.index : undefined;
  }
  finish();
  const last = found.pop();
  return last ? [...found, [last[0], last[1] + pathLength]] : [];
}

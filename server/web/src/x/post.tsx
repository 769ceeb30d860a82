/** A post in a list or on its own page. */

import { at } from "../kit/shell.ts";
import { landmark } from "./landmarks.ts";
import { Link, navigate } from "./navigation.tsx";
import { Avatar } from "./person.tsx";
import type { Media, Piece, Post } from "./site-api.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const day = new Intl.DateTimeFormat("en", { month: "short", day: "numeric" });
const instant = new Intl.DateTimeFormat("en", {
  dateStyle: "medium",
  timeStyle: "short",
});
const SCHEME = /^https?:\/\//i;
const LABELS = { pinned: "Pinned", reposted: "Reposted" } as const;

export const permalink = (post: { readonly handle: string; readonly id: string }): string =>
  `/${post.handle}/status/${post.id}`;

interface PostProps {
  readonly post: Post;
  readonly isFocused?: boolean;
}

export function PostArticle({ post, isFocused = false }: PostProps) {
  const time = (
    <Link to={permalink(post)} className="post-time" role="link">
      <time dateTime={post.at}>{isFocused ? instant.format(new Date(post.at)) : age(post.at)}</time>
    </Link>
  );
  const open = () => {
    if (!isFocused && getSelection()?.isCollapsed) navigate(permalink(post));
  };
  return (
    <article
      className={isFocused ? "post focused" : "post"}
      tabIndex={0}
      onClick={open}
      {...landmark("tweet", "article")}
    >
      {post.label && (
        <div className="post-label" {...landmark("socialContext")}>
          {LABELS[post.label]}
        </div>
      )}
      <div className="post-row">
        <Avatar person={post} />
        <div className="post-main">
          <div className="post-head" onClick={(event) => event.stopPropagation()}>
            <span className="post-author" {...landmark("User-Name")}>
              <Link to={`/${post.handle}`} className="post-name" role="link">
                {post.name}
              </Link>
              <Link to={`/${post.handle}`} className="post-handle" tabIndex={-1} role="link">
                @{post.handle}
              </Link>
            </span>
            {!isFocused && (
              <span className="post-dot" aria-hidden="true">
                ·
              </span>
            )}
            {!isFocused && time}
          </div>
          <div className="post-text" dir="auto" lang="und" {...landmark("tweetText")}>
            {post.pieces.map((piece, index) => (
              <PieceView key={index} piece={piece} linkPath={`/i/link/${post.id}/${index}`} />
            ))}
          </div>
          {post.media.length > 0 && (
            <div className="post-media">
              {post.media.map((each) => (
                <MediaView key={each.sha256} media={each} />
              ))}
            </div>
          )}
          {isFocused && <div className="post-foot">{time}</div>}
        </div>
      </div>
    </article>
  );
}

function MediaView({ media: { sha256, contentType, alt } }: { readonly media: Media }) {
  const url = at(`/media/${sha256}`);
  return contentType.startsWith("video/") ? (
    <video src={url} controls muted preload="none" aria-label={alt ?? undefined} />
  ) : (
    <img src={url} alt={alt ?? ""} loading="lazy" />
  );
}

function PieceView({ piece, linkPath }: { readonly piece: Piece; readonly linkPath: string }) {
  const stop = (event: { stopPropagation: () => void }) => event.stopPropagation();
  switch (piece.kind) {
    case "text":
      return <span>{piece.text}</span>;
    case "emoji":
      return (
        <img
          className="emoji"
          alt={piece.text}
          title={piece.text}
          draggable="false"
          src={at(`/emoji/${codePoints(piece.text)}.svg`)}
        />
      );
    case "link":
      return (
        <a
          href={at(linkPath)}
          role="link"
          target="_blank"
          rel="noopener noreferrer nofollow"
          onClick={stop}
        >
          <span aria-hidden="true" className="unseen">
            {SCHEME.exec(piece.text)?.[0]}
          </span>
          {piece.shown}
        </a>
      );
    case "hashtag":
      return <Mark text={piece.text} to="/home" />;
    case "mention":
      return <Mark text={piece.text} to={`/${piece.text.slice(1)}`} />;
    default:
      return piece.kind satisfies never;
  }
}

function Mark({ text, to }: { readonly text: string; readonly to: string }) {
  return (
    <span onClick={(event) => event.stopPropagation()}>
      <Link to={to} role="link">
        {text}
      </Link>
    </span>
  );
}

const codePoints = (emoji: string): string =>
  [...emoji].map((each) => each.codePointAt(0)?.toString(16)).join("-");

function age(iso: string): string {
  const passed = Date.now() - Date.parse(iso);
  if (passed < MINUTE) return "now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)}m`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)}h`;
  return day.format(new Date(iso));
}

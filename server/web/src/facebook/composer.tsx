/** The composer: what opens it, its dialog with text and files, and the steps to the button. */

import { useState, type ReactNode } from "react";
import { useLateness } from "../kit/lateness.ts";
import { at, mark, newNonce } from "../kit/shell.ts";
import { TextBox } from "./editor.tsx";
import { createStory, shell, upload, type Group } from "./site-api.ts";
import { word } from "./words.ts";

interface Attached {
  readonly url: string;
  readonly isVideo: boolean;
  readonly percent: number;
  /** Null while the file is on its way. */
  readonly id: string | null;
}

interface ComposerProps {
  readonly group: Group | null;
  readonly onPosted: (id: string) => void;
}

export function Composer({ group, onPosted }: ComposerProps) {
  const [isOpen, setOpen] = useState(false);
  const name = shell.account?.name ?? "";
  const entry =
    group === null
      ? word("feedEntry", { name })
      : shell.layout === "new"
        ? word("publicPost")
        : word("groupEntry");
  const region = shell.layout === "old" && group === null ? word("createPost") : undefined;
  return (
    <div className="card" aria-label={region && mark(region)}>
      <Button label={null} className="entry" onPress={() => setOpen(true)}>
        {entry}
      </Button>
      {isOpen && (
        <Dialog
          group={group}
          entry={entry}
          onClose={() => setOpen(false)}
          onPosted={(id) => {
            setOpen(false);
            onPosted(id);
          }}
        />
      )}
    </div>
  );
}

interface DialogProps extends ComposerProps {
  readonly entry: string;
  readonly onClose: () => void;
}

function Dialog({ group, entry, onClose, onPosted }: DialogProps) {
  const [text, setText] = useState("");
  const [files, setFiles] = useState<readonly Attached[]>([]);
  const [hasInput, setInput] = useState(shell.layout === "old");
  const [isAtSettings, setAtSettings] = useState(false);
  const [isSending, setSending] = useState(false);
  const [words, setWords] = useState<string | null>(null);
  const isWhole = files.every(({ id }) => id !== null);
  const isReady = useLateness((text.trim() !== "" || files.length > 0) && isWhole) && !isSending;

  const attach = (chosen: FileList | null) => {
    for (const file of chosen ?? []) {
      const url = URL.createObjectURL(file);
      const change = (to: Partial<Attached>) =>
        setFiles((now) => now.map((each) => (each.url === url ? { ...each, ...to } : each)));
      const isVideo = file.type.startsWith("video/");
      setFiles((now) => [...now, { url, isVideo, percent: 0, id: null }]);
      void upload(file, (percent) => change({ percent })).then((id) => {
        if (id === null) setWords("We couldn’t upload this file.");
        else change({ id, percent: 100 });
      });
    }
  };

  // No guard of its own against a second press in the same instant: the ledger is to show it.
  const post = async () => {
    if (!isReady || shell.switches.click_swallowed) return;
    setSending(true);
    const ids = files.flatMap(({ id }) => id ?? []);
    const outcome = await createStory(text, newNonce(), group?.id ?? null, ids);
    setSending(false);
    switch (outcome.kind) {
      case "created":
        return onPosted(outcome.id);
      case "logged_out":
        return location.assign(at("/login"));
      case "refused":
        return setWords(outcome.words);
      default:
        outcome satisfies never;
    }
  };

  const audience = word(shell.audience);
  return (
    <div className="layer">
      <div className="dialog" role={mark("dialog")} aria-label={mark(word("createPost"))}>
        <Button label={word("close")} className="close" onPress={onClose}>
          ×
        </Button>
        <h2>{isAtSettings ? word("settings") : word("createPost")}</h2>
        <div hidden={isAtSettings}>
          {group === null && (
            <Button label={word("privacy", { audience })} className="audience" onPress={() => {}}>
              {audience}
            </Button>
          )}
          <TextBox placeholder={entry} isEmpty={text === ""} onText={setText} />
          <div className="files">
            {files.map((file) => (
              <Tile key={file.url} file={file} />
            ))}
          </div>
          <Button label={word("photo")} className="plain" onPress={() => setInput(true)}>
            {word("photo")}
          </Button>
          {hasInput && (
            <input
              type="file"
              multiple
              hidden
              accept="image/*,image/heif,image/heic,video/*,video/mp4,video/quicktime"
              onChange={(event) => attach(event.currentTarget.files)}
            />
          )}
        </div>
        {words && <p role={mark("alert")}>{words}</p>}
        {shell.layout === "new" && !isAtSettings ? (
          <Button
            label={word("next")}
            className="primary"
            isOff={!isReady}
            onPress={() => setAtSettings(true)}
          >
            {word("next")}
          </Button>
        ) : (
          <Button
            label={word("post")}
            className="primary"
            isOff={!isReady}
            onPress={() => void post()}
          >
            {word("post")}
          </Button>
        )}
      </div>
    </div>
  );
}

function Tile({ file: { url, isVideo, percent, id } }: { readonly file: Attached }) {
  return (
    <div className="tile">
      {isVideo ? <video src={url} muted /> : <img src={url} alt="" />}
      {id === null && (
        <div role={mark("progressbar")} aria-valuenow={percent} className="progress">
          {percent} %
        </div>
      )}
    </div>
  );
}

interface ButtonProps {
  /** What it is called where that is not what is written on it. */
  readonly label: string | null;
  readonly className?: string;
  readonly isOff?: boolean;
  readonly onPress: () => void;
  readonly children: ReactNode;
}

/** The site has no buttons but these. */
export function Button({ label, className, isOff = false, onPress, children }: ButtonProps) {
  return (
    <div
      className={`button ${className ?? ""}`}
      role={mark("button")}
      tabIndex={0}
      aria-label={label === null ? undefined : mark(label)}
      aria-disabled={isOff || undefined}
      onClick={() => !isOff && onPress()}
    >
      {children}
    </div>
  );
}

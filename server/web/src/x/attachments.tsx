/** Pictures and videos in the composer: uploaded in parts while the person writes, described one by one. */

import { useRef, useState } from "react";
import { mark } from "../kit/shell.ts";
import { landmark, testId } from "./landmarks.ts";
import { Cross } from "./sheets.tsx";
import { describeMedia, uploadMedia } from "./site-api.ts";
import { words } from "./words.ts";

export const ATTACHMENTS_MAX = 4;
const ACCEPTED = "image/jpeg,image/png,image/webp,image/gif,video/mp4,video/quicktime";
const WHOLE = 100;

export interface Attachment {
  readonly key: number;
  readonly file: File;
  readonly url: string;
  /** In percent; the file is taken when its id is there. */
  readonly progress: number;
  readonly mediaId: string | null;
  readonly alt: string;
}

export interface Attachments {
  readonly items: readonly Attachment[];
  readonly isBusy: boolean;
  readonly add: (files: readonly File[]) => void;
  readonly remove: (key: number) => void;
  readonly describe: (key: number, alt: string) => Promise<void>;
  readonly clear: () => void;
}

export function useAttachments(onRefused: (words: string) => void): Attachments {
  const [items, setItems] = useState<readonly Attachment[]>([]);
  const keys = useRef(0);
  const change = (key: number, values: Partial<Attachment>) =>
    setItems((now) => now.map((each) => (each.key === key ? { ...each, ...values } : each)));
  const remove = (key: number) => setItems((now) => now.filter((each) => each.key !== key));

  const upload = async ({ key, file }: Attachment) => {
    const mediaId = await uploadMedia(file, (part) => change(key, { progress: part * WHOLE }));
    if (mediaId !== null) return change(key, { mediaId, progress: WHOLE });
    remove(key);
    onRefused(words.mediaRefused);
  };
  return {
    items,
    isBusy: items.some((each) => each.mediaId === null),
    add: (files) => {
      if (items.length + files.length > ATTACHMENTS_MAX) return onRefused(words.tooMany);
      const fresh = files.map((file) => ({
        ...{ key: keys.current++, file, url: URL.createObjectURL(file) },
        ...{ progress: 0, mediaId: null, alt: "" },
      }));
      setItems((now) => [...now, ...fresh]);
      fresh.forEach((each) => void upload(each));
    },
    remove,
    describe: async (key, alt) => {
      const mediaId = items.find((each) => each.key === key)?.mediaId;
      if (mediaId == null) return;
      await describeMedia(mediaId, alt);
      change(key, { alt });
    },
    clear: () => setItems([]),
  };
}

/** Hidden, as on the real site; a button that opens it stands in its place. */
export function FileInput({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept={ACCEPTED}
        data-testid={testId("fileInput")}
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          event.target.value = "";
        }}
      />
      <button
        type="button"
        className="plain"
        aria-label={mark(words.addMedia)}
        onClick={() => input.current?.click()}
      >
        {words.addMedia}
      </button>
    </>
  );
}

export function AttachmentList({ attachments }: { readonly attachments: Attachments }) {
  const [described, setDescribed] = useState<number | null>(null);
  const item = attachments.items.find((each) => each.key === described);
  if (attachments.items.length === 0) return null;
  return (
    <>
      <div className="attachments" {...landmark("attachments", "group")}>
        {attachments.items.map((each) => (
          <AttachmentView
            key={each.key}
            attachment={each}
            onDescribe={() => setDescribed(each.key)}
            onRemove={() => attachments.remove(each.key)}
          />
        ))}
      </div>
      {item && (
        <AltSheet
          attachment={item}
          onDone={(alt) => {
            setDescribed(null);
            void attachments.describe(item.key, alt);
          }}
        />
      )}
    </>
  );
}

interface AttachmentViewProps {
  readonly attachment: Attachment;
  readonly onDescribe: () => void;
  readonly onRemove: () => void;
}

function AttachmentView({ attachment, onDescribe, onRemove }: AttachmentViewProps) {
  const { file, url, alt, progress, mediaId } = attachment;
  const isVideo = file.type.startsWith("video/");
  return (
    <div className="attachment" role={mark("group")}>
      {isVideo ? <video src={url} muted preload="none" /> : <img src={url} alt={alt} />}
      {mediaId === null && (
        <div
          className="upload"
          role={mark("progressbar")}
          aria-valuemin={0}
          aria-valuemax={WHOLE}
          aria-valuenow={Math.floor(progress)}
        />
      )}
      {mediaId !== null && !isVideo && (
        <button
          type="button"
          className="describe"
          onClick={onDescribe}
          {...landmark("altTextButton", "button", words.addDescription)}
        >
          {alt === "" ? "+ALT" : "ALT"}
        </button>
      )}
      <button
        type="button"
        className="icon remove"
        aria-label={mark(words.removeMedia)}
        onClick={onRemove}
      >
        <Cross />
      </button>
    </div>
  );
}

interface AltSheetProps {
  readonly attachment: Attachment;
  readonly onDone: (alt: string) => void;
}

function AltSheet({ attachment, onDone }: AltSheetProps) {
  const [alt, setAlt] = useState(attachment.alt);
  return (
    <div className="layer">
      <div className="mask" />
      <div className="sheet" role={mark("dialog")} aria-modal="true">
        <textarea
          value={alt}
          aria-label={mark(words.addDescription)}
          data-testid={testId("altTextInput")}
          onChange={(event) => setAlt(event.target.value)}
        />
        <button
          type="button"
          className="primary wide"
          onClick={() => onDone(alt)}
          {...landmark("endEditingButton", "button")}
        >
          {words.save}
        </button>
      </div>
    </div>
  );
}

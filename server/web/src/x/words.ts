/** What the site says, in the language of the account. */

import { shell } from "../kit/shell.ts";

const WORDS = {
  en: {
    post: "Post",
    profile: "Profile",
    postText: "Post text",
    placeholder: "What’s happening?",
    sent: "Your post was sent.",
    view: "View",
    addMedia: "Add photos or video",
    addDescription: "Add description",
    removeMedia: "Remove media",
    save: "Save",
    mediaRefused: "Some of your media could not be processed.",
    tooMany: "Choose up to 4 photos, videos, or GIFs.",
    replyingTo: "Replying to",
  },
  es: {
    post: "Postear",
    profile: "Perfil",
    postText: "Texto del post",
    placeholder: "¿Qué está pasando?",
    sent: "Se envió tu post.",
    view: "Ver",
    addMedia: "Agrega fotos o un video",
    addDescription: "Agregar descripción",
    removeMedia: "Eliminar contenido multimedia",
    save: "Guardar",
    mediaRefused: "No se pudo procesar parte de tu contenido multimedia.",
    tooMany: "Elige hasta 4 fotos, videos o GIF.",
    replyingTo: "En respuesta a",
  },
  zh: {
    post: "发帖",
    profile: "个人资料",
    postText: "帖子文本",
    placeholder: "有什么新鲜事？",
    sent: "你的帖子已发送。",
    view: "查看",
    addMedia: "添加照片或视频",
    addDescription: "添加描述",
    removeMedia: "移除媒体",
    save: "保存",
    mediaRefused: "你的部分媒体文件无法处理。",
    tooMany: "最多选择 4 张照片、视频或动图。",
    replyingTo: "回复",
  },
} as const;

export const words = WORDS[shell.language];

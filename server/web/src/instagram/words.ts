/** The site's own words in the account's language. */

import { say } from "../kit/shell.ts";

export const words = {
  newPost: say({ en: "New post", es: "Nueva publicación", zh: "新帖子" }),
  post: say({ en: "Post", es: "Publicación", zh: "帖子" }),
  create: say({ en: "Create new post", es: "Crear nueva publicación", zh: "新建帖子" }),
  crop: say({ en: "Crop", es: "Recortar", zh: "裁剪" }),
  edit: say({ en: "Edit", es: "Editar", zh: "编辑" }),
  select: say({
    en: "Select from computer",
    es: "Seleccionar del ordenador",
    zh: "从电脑中选择",
  }),
  selectCrop: say({ en: "Select crop", es: "Seleccionar recorte", zh: "选择裁剪" }),
  original: say({ en: "Original", es: "Original", zh: "原始比例" }),
  gallery: say({ en: "Open media gallery", es: "Abrir galería multimedia", zh: "打开媒体库" }),
  next: say({ en: "Next", es: "Siguiente", zh: "下一步" }),
  share: say({ en: "Share", es: "Compartir", zh: "分享" }),
  caption: say({
    en: "Write a caption...",
    es: "Escribe un pie de foto...",
    zh: "撰写说明...",
  }),
  reels: say({
    en: "Video posts are now shared as reels",
    es: "Las publicaciones de vídeo ahora se comparten como reels",
    zh: "视频帖子现在以 Reels 形式分享",
  }),
  ok: say({ en: "OK", es: "Aceptar", zh: "确定" }),
  failed: say({
    en: "Something went wrong. Try again.",
    es: "Algo salió mal. Inténtalo de nuevo.",
    zh: "出错了。请重试。",
  }),
  sharing: say({ en: "Sharing", es: "Compartiendo", zh: "正在分享" }),
  shared: say({
    en: "Your post has been shared.",
    es: "Se ha compartido tu publicación.",
    zh: "你的帖子已分享。",
  }),
  notShared: say({
    en: "Your post couldn't be shared. Try again.",
    es: "No se ha podido compartir la publicación. Inténtalo de nuevo.",
    zh: "无法分享你的帖子。请重试。",
  }),
  notifications: say({
    en: "Turn on Notifications",
    es: "Activar notificaciones",
    zh: "打开通知",
  }),
  turnOn: say({ en: "Turn On", es: "Activar", zh: "打开" }),
  notNow: say({ en: "Not Now", es: "Ahora no", zh: "以后再说" }),
  nothing: say({ en: "No posts yet", es: "Aún no hay publicaciones", zh: "还没有帖子" }),
  missing: say({
    en: "Sorry, this page isn't available.",
    es: "Esta página no está disponible.",
    zh: "很抱歉，无法访问此页面。",
  }),
};

/** The site's own words in the account's language. */

import { say } from "../kit/shell.ts";

export const words = {
  join: say({
    en: "Join the conversation",
    es: "Únete a la conversación",
    zh: "加入对话",
  }),
  comment: say({ en: "Comment", es: "Comentar", zh: "评论" }),
  save: say({ en: "save", es: "guardar", zh: "保存" }),
  reply: say({ en: "Reply", es: "Responder", zh: "回复" }),
  cancel: say({ en: "Cancel", es: "Cancelar", zh: "取消" }),
  cookies: say({
    en: "Reject non-essential",
    es: "Rechazar las no esenciales",
    zh: "拒绝非必要的 Cookie",
  }),
  locked: say({
    en: "Locked post. New comments cannot be posted.",
    es: "Publicación bloqueada. No se pueden publicar comentarios.",
    zh: "帖子已锁定，无法发布新评论。",
  }),
  archived: say({
    en: "Archived post. New comments cannot be posted.",
    es: "Publicación archivada. No se pueden publicar comentarios.",
    zh: "帖子已存档，无法发布新评论。",
  }),
  removed: say({
    en: "Sorry, this post has been removed by the moderators.",
    es: "Los moderadores han eliminado esta publicación.",
    zh: "此帖子已被版主移除。",
  }),
  nothing: say({ en: "Nothing here", es: "Aquí no hay nada", zh: "这里什么都没有" }),
  logIn: say({ en: "Log in", es: "Iniciar sesión", zh: "登录" }),
  failed: say({
    en: "Something went wrong.",
    es: "Algo ha ido mal.",
    zh: "出错了。",
  }),
};

/** The site's own words in the account's language. */

import { say } from "../kit/shell.ts";

export const words = {
  startPost: say({ en: "Start a post", es: "Crear publicación", zh: "发布动态" }),
  editor: say({
    en: "Text editor for creating content",
    es: "Editor de texto para crear contenido",
    zh: "用于创建内容的文本编辑器",
  }),
  addMedia: say({ en: "Add media", es: "Añadir contenido multimedia", zh: "添加媒体" }),
  next: say({ en: "Next", es: "Siguiente", zh: "下一步" }),
  post: say({ en: "Post", es: "Publicar", zh: "发布" }),
  anyone: say({ en: "Post to Anyone", es: "Publicar para cualquiera", zh: "所有人可见" }),
  connections: say({ en: "Post to Connections only", es: "Solo contactos", zh: "仅限好友" }),
  posted: say({ en: "Post successful.", es: "Publicación realizada.", zh: "发布成功。" }),
  view: say({ en: "View post", es: "Ver publicación", zh: "查看动态" }),
  tooOften: say({ en: "Try again later.", es: "Inténtalo más tarde.", zh: "请稍后再试。" }),
  close: say({ en: "Dismiss", es: "Descartar", zh: "关闭" }),
  offer: say({ en: "Try Premium", es: "Prueba Premium", zh: "试用高级版" }),
  nothing: say({ en: "Nothing to see for now", es: "Nada por ahora", zh: "暂无内容" }),
  signIn: say({ en: "Sign in", es: "Inicia sesión", zh: "登录" }),
};

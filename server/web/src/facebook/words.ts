/** The site's own words, in the languages of its accounts. */

import { say } from "../kit/shell.ts";

const WORDS = {
  createPost: { en: "Create a post", es: "Crear una publicación", zh: "创建帖子" },
  feedEntry: {
    en: "What’s on your mind, {name}?",
    es: "¿Qué estás pensando, {name}?",
    zh: "{name}，分享你的新鲜事吧！",
  },
  groupEntry: { en: "Write something…", es: "Escribe algo…", zh: "分享点什么…" },
  publicPost: {
    en: "Create a public post…",
    es: "Crea una publicación pública…",
    zh: "发布公开帖…",
  },
  sell: { en: "Sell something", es: "Vender algo", zh: "出售商品" },
  adminsOnly: {
    en: "Only admins can post in this group.",
    es: "Solo los administradores pueden publicar en este grupo.",
    zh: "只有管理员可以发帖。",
  },
  post: { en: "Post", es: "Publicar", zh: "发帖" },
  next: { en: "Next", es: "Siguiente", zh: "下一步" },
  settings: { en: "Post settings", es: "Configuración de la publicación", zh: "帖子设置" },
  photo: { en: "Photo/video", es: "Foto/video", zh: "照片/视频" },
  close: { en: "Close", es: "Cerrar", zh: "关闭" },
  public: { en: "Public", es: "Público", zh: "公开" },
  friends: { en: "Your friends", es: "Tus amigos", zh: "好友" },
  only_me: { en: "Only me", es: "Solo yo", zh: "仅自己可见" },
  privacy: {
    en: "Edit privacy. Sharing with {audience}.",
    es: "Editar privacidad. Compartir con {audience}.",
    zh: "编辑隐私设置。分享对象：{audience}。",
  },
  posted: {
    en: "Your post is now published.",
    es: "Tu publicación está lista.",
    zh: "帖子已发布。",
  },
  waits: {
    en: "Your post was submitted for approval.",
    es: "Tu publicación está pendiente de aprobación.",
    zh: "帖子正在等待管理员批准。",
  },
  join: { en: "Join group", es: "Unirte al grupo", zh: "加入小组" },
  joined: { en: "Joined", es: "Te uniste", zh: "已加入" },
  cancelRequest: { en: "Cancel request", es: "Cancelar solicitud", zh: "取消申请" },
  visit: { en: "Visit", es: "Visitar", zh: "访问" },
  questions: { en: "Answer questions", es: "Responder preguntas", zh: "回答问题" },
  submit: { en: "Submit", es: "Enviar", zh: "提交" },
  cancel: { en: "Cancel", es: "Cancelar", zh: "取消" },
  exit: { en: "Exit", es: "Salir", zh: "退出" },
  missing: {
    en: "This content isn’t available right now",
    es: "Este contenido no está disponible en este momento",
    zh: "暂时无法查看此内容",
  },
  noPosts: { en: "No posts to show", es: "No hay publicaciones", zh: "没有帖子" },
  noGroups: {
    en: "We didn’t find any results",
    es: "No encontramos resultados",
    zh: "未找到结果",
  },
  posted_tab: { en: "Posted", es: "Publicado", zh: "已发布" },
  pending_tab: { en: "Pending", es: "Pendiente", zh: "待审核" },
  publicGroup: { en: "Public", es: "Público", zh: "公开" },
  privateGroup: { en: "Private", es: "Privado", zh: "私密" },
  seeMore: { en: "See more", es: "Ver más", zh: "展开" },
  rules: { en: "Group rules", es: "Reglas del grupo", zh: "小组规则" },
  accept: { en: "Continue", es: "Continuar", zh: "继续同意" },
} as const;

/** A word of the site, with the gaps filled in. */
export const word = (
  name: keyof typeof WORDS,
  fill: Readonly<Record<string, string>> = {},
): string => say(WORDS[name]).replace(/\{(\w+)\}/g, (_, gap: string) => fill[gap] ?? "");

/** How many members, as the site shortens it. */
export function members(count: number): string {
  const thousands = (count / 1000).toFixed(1).replace(/\.0$/, "");
  if (count < 1000)
    return say({ en: `${count} members`, es: `${count} miembros`, zh: `${count} 位成员` });
  return say({
    en: `${thousands}K members`,
    es: `${thousands.replace(".", ",")} mil miembros`,
    zh: `${(count / 10000).toFixed(2)}万 位成员`,
  });
}

export const activity = (perDay: number): string =>
  say({
    en: `${perDay} posts a day`,
    es: `${perDay} publicaciones al día`,
    zh: `${perDay} 篇帖子/天`,
  });

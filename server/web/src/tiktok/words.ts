/** The site's own words in the account's language. */

import { say } from "../kit/shell.ts";

export const words = {
  select: say({ en: "Select video", es: "Seleccionar vídeo", zh: "选择视频" }),
  uploaded: say({ en: "Uploaded", es: "Subido", zh: "已上传" }),
  failed: say({ en: "Upload failed", es: "Error al subir el vídeo", zh: "上传失败" }),
  replace: say({ en: "Replace", es: "Reemplazar", zh: "替换" }),
  everyone: say({ en: "Everyone", es: "Todo el mundo", zh: "所有人" }),
  onlyYou: say({ en: "Only you", es: "Solo tú", zh: "仅自己" }),
  post: say({ en: "Post", es: "Publicar", zh: "发布" }),
  ask: say({ en: "Continue to post?", es: "¿Continuar con la publicación?", zh: "继续发布？" }),
  postNow: say({ en: "Post now", es: "Publicar ahora", zh: "立即发布" }),
  checks: say({
    en: "Turn on automatic content checks?",
    es: "¿Activar las comprobaciones automáticas de contenido?",
    zh: "开启自动内容检查？",
  }),
  cancel: say({ en: "Cancel", es: "Cancelar", zh: "取消" }),
  turnOn: say({ en: "Turn on", es: "Activar", zh: "开启" }),
  tour: say({ en: "New ways to edit", es: "Nuevas formas de editar", zh: "全新编辑方式" }),
  skip: say({ en: "Skip", es: "Omitir", zh: "跳过" }),
  posted: say({ en: "Video published", es: "Vídeo publicado", zh: "视频已发布" }),
  tooOften: say({ en: "Try again later", es: "Inténtalo más tarde", zh: "请稍后再试" }),
  nothing: say({ en: "No posts yet", es: "Aún no hay publicaciones", zh: "暂无作品" }),
  unavailable: say({
    en: "Video currently unavailable",
    es: "El vídeo no está disponible en este momento",
    zh: "视频目前无法播放",
  }),
  logIn: say({ en: "Log in to TikTok", es: "Iniciar sesión en TikTok", zh: "登录 TikTok" }),
};

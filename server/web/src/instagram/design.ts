/** Which of the site's two designs the page is drawn in. */

import { shell } from "../kit/shell.ts";

export const isNew = shell.layout === "new";

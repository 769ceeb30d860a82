/** Runs before the page's own scripts, beside the hook, and keeps the answers for the adapter that comes later. */

import { documentAnswers, listen } from "./network.ts";

listen(documentAnswers());

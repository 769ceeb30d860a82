/** Facebook: posts to the account's feed and to groups, and the errands on groups. */

import type { Adapter } from "./adapter.ts";
import { publish } from "./facebook/composer.ts";
import { join, status } from "./facebook/groups.ts";
import { confirm, look } from "./facebook/live.ts";
import { search } from "./facebook/search.ts";
import { readMember } from "./facebook/session.ts";
import { site } from "./facebook/site.ts";

export const adapter: Adapter = {
  site,
  member: readMember,
  publish,
  confirm,
  look,
  search,
  status,
  join,
};

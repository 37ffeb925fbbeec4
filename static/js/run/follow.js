// A column's body follows its stream, unless its reader has scrolled up.
const NEAR_PX = 32;

/** Whether the last lines of `body` are in sight. */
export const isAtEnd = (body) => body.scrollHeight - body.scrollTop - body.clientHeight < NEAR_PX;

/** Runs `change`, then scrolls `body` (if there is one) to its end, if it stood there before. */
export function keepFollowing(body, change) {
  const follows = body && body.scrollHeight > body.clientHeight ? isAtEnd(body) : true;
  change();
  if (body && follows && body.scrollHeight > body.clientHeight) body.scrollTop = body.scrollHeight;
}

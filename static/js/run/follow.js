// A column's body follows its stream, unless its reader has scrolled up.
const NEAR_PX = 32;

/** Return whether the last lines of `body` are in sight. */
export const isAtEnd = (body) => body.scrollHeight - body.scrollTop - body.clientHeight < NEAR_PX;

const overflows = (body) => body.scrollHeight > body.clientHeight;

/**
 * Runs `change`, then scrolls `body` (if there is one) to its end, if it stood there before; returns whether it did.
 * Pass `follows` where that is known already.
 */
export function keepFollowing(body, change, follows = null) {
  const stays = follows ?? !(body && overflows(body) && !isAtEnd(body));
  change();
  if (body && stays && overflows(body)) body.scrollTop = body.scrollHeight;
  return stays;
}

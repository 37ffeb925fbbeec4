// Marks words for browsers that cannot mark a range without elements.

/** Put a new element around each piece of text in a range, for browsers that cannot mark it otherwise. */
export function wrapRange(range, name) {
  const walker = document.createTreeWalker(range.commonAncestorContainer, NodeFilter.SHOW_TEXT);
  const nodes = range.commonAncestorContainer.nodeType === Node.TEXT_NODE ? [range.commonAncestorContainer] : [];
  for (let node = walker.nextNode(); node; node = walker.nextNode()) if (range.intersectsNode(node)) nodes.push(node);
  return nodes.map((node) => {
    const piece = document.createRange();
    piece.setStart(node, node === range.startContainer ? range.startOffset : 0);
    piece.setEnd(node, node === range.endContainer ? range.endOffset : node.length);
    const element = document.createElement(name);
    piece.surroundContents(element);
    return element;
  });
}

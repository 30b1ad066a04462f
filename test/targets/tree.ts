/**
 * Script that prints every path below a folder with type, mode, owner, link and sum, sorted: what is
 * there, without anything that changes by itself.
 */
export function treeScript(folder: string): string {
  return `if cd '${folder}' 2>/dev/null; then
find . -mindepth 1 -printf '%P %y %m %U:%G %l\\n' | LC_ALL=C sort
find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum --
fi
`;
}

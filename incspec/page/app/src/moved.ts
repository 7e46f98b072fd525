// Lines of a text that has been changed: where a line of the one is in the other.

/** The line of `to` that a line of `from` has become: those before and behind what was changed are known, one in it is guessed. */
export function moved(line: number, from: string, to: string): number {
  if (from === to) return line;
  const [before, now] = [from, to].map((text) => text.split(/\r\n|\r|\n/)) as [string[], string[]];
  const least = Math.min(before.length, now.length);
  let [head, tail] = [0, 0];
  while (head < least && before[head] === now[head]) head += 1;
  while (tail < least - head && before[before.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  if (line <= head) return line;
  if (line > before.length - tail) return line + now.length - before.length;
  return Math.max(1, Math.min(line, now.length - tail));
}

// Colours as every program that reads SVG knows them: browsers mix theirs in spaces of their own.

const known = new Map<string, [colour: string, opacity: number]>();
let cell: CanvasRenderingContext2D | null = null;

/** A colour of a style sheet as `rgb()`, and how opaque it is; what is no colour stays as it is. */
export function plain(colour: string): [colour: string, opacity: number] {
  let found = known.get(colour);
  if (!found) {
    found = /^(none$|url)/.test(colour) ? [colour, 1] : seen(colour);
    known.set(colour, found);
  }
  return found;
}

/** What a colour looks like where nothing is below it. */
function seen(colour: string): [string, number] {
  cell ??= Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  if (!cell) return [colour, 1];
  cell.clearRect(0, 0, 1, 1);
  cell.fillStyle = colour;
  cell.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = cell.getImageData(0, 0, 1, 1).data;
  return [`rgb(${red}, ${green}, ${blue})`, alpha! / 255];
}

/** The colours along a gradient, from its beginning to its end. */
export function gradient(from: string, to: string, count: number): string[] {
  const probe = document.createElement("span");
  document.body.append(probe);
  const colours = Array.from({ length: count }, (_, place) => {
    probe.style.color = `color-mix(in oklab, ${to} ${(100 * place) / (count - 1)}%, ${from})`;
    return plain(getComputedStyle(probe).color)[0];
  });
  probe.remove();
  return colours;
}

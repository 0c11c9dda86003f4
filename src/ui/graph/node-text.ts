/** Names and shapes in the room that a box has. */

/** 14×14×64: without a free batch; ? where a size is known at run time only. */
export function shapeText(shape: readonly number[] | null): string {
  if (shape === null) return '?';
  const shown = shape[0] === -1 ? shape.slice(1) : shape;
  return shown.map((size) => (size < 0 ? '?' : size)).join('×');
}

/** The beginning and, mostly, the end: the ends of names tell layers apart. */
export function shortened(name: string, most: number): string {
  if (name.length <= most) return name;
  const tail = Math.ceil((most - 1) * 0.7);
  return `${name.slice(0, most - 1 - tail)}…${name.slice(-tail)}`;
}

/** True when a name says its operator already: `max_pooling2d` is a max-pool, `activation_3` may be anything. */
export function saysOperator(name: string, op: string): boolean {
  return plain(name).includes(plain(op));
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

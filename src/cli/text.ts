/** Numbers and tables as a terminal shows them. */

/** SI units, three digits: 971620 → 972 kB. */
export function bytesText(nbytes: number): string {
  const text = siText(nbytes);
  return /[a-zA-Z]$/.test(text) ? `${text}B` : `${text} B`;
}

/** 7600000 → 7.60 M. */
export function siText(value: number): string {
  const units = ['', 'k', 'M', 'G', 'T'];
  let scaled = value;
  let unit = 0;
  while (Math.abs(scaled) >= 999.5 && unit < units.length - 1) {
    scaled /= 1000;
    unit++;
  }
  return unit === 0 ? String(Math.round(scaled)) : `${scaled.toPrecision(3)} ${units[unit]}`;
}

export function percentText(share: number): string {
  return `${(share * 100).toFixed(2)} %`;
}

export function shapeText(shape: readonly number[]): string {
  return shape.map((dimension) => (dimension < 0 ? '?' : dimension)).join('×') || 'scalar';
}

/** Columns padded to their widest cell; columns of numbers end together. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_cell, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const isNumeric = widths.map((_width, column) => rows.slice(1).every((row) => /^(?:\d[\d.]*( .{0,3})?)?$/.test(row[column]!)));
  const padded = (cell: string, column: number): string =>
    isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!);
  return rows.map((row) => row.map(padded).join('  ').trimEnd()).join('\n');
}

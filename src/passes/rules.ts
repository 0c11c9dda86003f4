/** Per-layer rules, resolved once for every pass: a later matching rule wins over an earlier one, option by option. */
import type { OptionValue } from '../options/options';
import type { Rule } from './pass';

/** The options that hold for a node, or null when the last word is to keep it as it is. */
export function resolveRules(
  base: Readonly<Record<string, OptionValue>>,
  rules: readonly Rule[],
  nodeName: string,
  op: string,
): Readonly<Record<string, OptionValue>> | null {
  let options: Readonly<Record<string, OptionValue>> = base;
  let keep = false;
  for (const rule of rules) {
    if (!matches(rule.match, nodeName, op)) continue;
    keep = rule.keep === true;
    if (rule.options) options = { ...options, ...rule.options };
  }
  return keep ? null : options;
}

/** `op:conv2d`, or a name in which `*` stands for any run of characters. Linear in the text: no regular expressions. */
export function matches(pattern: string, nodeName: string, op: string): boolean {
  if (pattern.startsWith('op:')) return pattern.slice(3) === op;
  const parts = pattern.split('*');
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return nodeName === pattern;
  if (!nodeName.startsWith(first) || nodeName.length < first.length + last.length || !nodeName.endsWith(last)) return false;
  let position = first.length;
  const end = nodeName.length - last.length;
  for (const part of parts.slice(1, -1)) {
    const found = nodeName.indexOf(part, position);
    if (found < 0 || found + part.length > end) return false;
    position = found + part.length;
  }
  return true;
}

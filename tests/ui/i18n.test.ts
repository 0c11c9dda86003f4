import { describe, expect, it } from 'vitest';
import { formatCatalog } from '../../src/formats/catalog';
import type { OptionsRecord } from '../../src/options/options';
import { energyProfiles } from '../../src/measure/energy-profiles';
import { passCatalog } from '../../src/passes/catalog';
import { en } from '../../src/ui/i18n/en';
import { zh } from '../../src/ui/i18n/zh';
import { zhRecords } from '../../src/ui/i18n/zh-records';

interface Described {
  readonly label: string;
  readonly help?: string | undefined;
}

function keysOf(prefix: string, { label, help }: Described): string[] {
  return [...(label ? [`${prefix}.label`] : []), ...(help ? [`${prefix}.help`] : [])];
}

function optionKeys(prefix: string, options: OptionsRecord): string[] {
  return Object.entries(options).flatMap(([name, spec]) => [
    ...keysOf(`${prefix}.${name}`, spec),
    ...(spec.type === 'choice' ? spec.choices.flatMap((choice) => keysOf(`${prefix}.${name}.${choice.value}`, choice)) : []),
  ]);
}

const expected = [
  ...passCatalog.flatMap((meta) => [`pass.${meta.id}.label`, `pass.${meta.id}.summary`, ...optionKeys(`pass.${meta.id}`, meta.options)]),
  ...formatCatalog.flatMap((meta) => [`format.${meta.id}.label`, `format.${meta.id}.summary`, ...optionKeys(`format.${meta.id}`, meta.writeOptions)]),
  ...energyProfiles.flatMap(({ id, sources }) => [`energy.${id}.label`, ...sources.map((_, index) => `energy.${id}.source.${index + 1}`)]),
];

describe('Chinese for the words in records', () => {
  it('is complete', () => {
    expect(expected.length).toBeGreaterThan(100);
    expect(expected.filter((key) => !zhRecords[key]?.trim())).toEqual([]);
  });

  it('has no words for what does not exist', () => {
    expect(Object.keys(zhRecords).filter((key) => !expected.includes(key))).toEqual([]);
  });
});

describe('the page in two languages', () => {
  const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).toSorted();

  it('fills in the same values', () => {
    const keys = Object.keys(en) as (keyof typeof en)[];
    expect(keys.filter((key) => names(zh[key]).join() !== names(en[key]).join())).toEqual([]);
  });
});

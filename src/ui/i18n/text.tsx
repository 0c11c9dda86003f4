/** The page's words. English comes with the page; another language is loaded when it is chosen. */
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { useSettings } from '../../state/settings-store';
import { en, type TextKey } from './en';

export type { TextKey } from './en';
export type TextValues = Readonly<Record<string, string | number>>;

/** A text of the page by its key, with `{name}` replaced by the value of that name. */
export type Translate = (key: TextKey, values?: TextValues) => string;

/** Words that are declared in a record (a pass, an option, a format): the record's English, or its translation. */
export type TranslateRecord = (key: string, english: string) => string;

interface Words {
  readonly texts: Readonly<Record<TextKey, string>>;
  readonly records: Readonly<Record<string, string>>;
}

const english: Words = { texts: en, records: {} };
const WordsContext = createContext<Words>(english);

export function TextProvider({ children }: { children: ReactNode }) {
  const language = useSettings((settings) => settings.language);
  const [words, setWords] = useState<Words>(english);
  useEffect(() => {
    let current = true;
    document.documentElement.lang = language === 'zh' ? 'zh-Hans' : 'en';
    void loadWords(language).then((loaded) => {
      if (current) setWords(loaded);
    });
    return () => {
      current = false;
    };
  }, [language]);
  return <WordsContext value={words}>{children}</WordsContext>;
}

export function useText(): Translate {
  const { texts } = useContext(WordsContext);
  return useMemo(() => (key, values) => fill(texts[key], values), [texts]);
}

export function useRecordText(): TranslateRecord {
  const { records } = useContext(WordsContext);
  return useMemo(() => (key, text) => records[key] ?? text, [records]);
}

/** True when the key is one of the page's own texts. */
export function isTextKey(key: string): key is TextKey {
  return Object.hasOwn(en, key);
}

function fill(text: string, values: TextValues | undefined): string {
  return values ? text.replaceAll(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
}

async function loadWords(language: 'en' | 'zh'): Promise<Words> {
  if (language === 'en') return english;
  const [{ zh }, { zhRecords }] = await Promise.all([import('./zh'), import('./zh-records')]);
  return { texts: zh, records: zhRecords };
}

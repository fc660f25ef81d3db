import type { Cloud } from '../identity/clouds.ts';
import { cSharp } from './snippets/cSharp.ts';
import { dotEnv } from './snippets/dotEnv.ts';
import { go } from './snippets/go.ts';
import { java } from './snippets/java.ts';
import { nodeJs } from './snippets/nodeJs.ts';
import { python } from './snippets/python.ts';
import { rust } from './snippets/rust.ts';
import type { Target } from './snippets/target.ts';

const languages = { nodeJs, python, cSharp, java, go, rust, dotEnv };

export type CodeLanguage = keyof typeof languages;

export const codeLanguages = Object.keys(languages) as readonly CodeLanguage[];

/** A whole program that connects to a cluster and says as whom. No token, password or key is in it. */
export function codeFor(language: CodeLanguage, target: Target, cloud: Cloud): string {
  return languages[language](target, cloud);
}

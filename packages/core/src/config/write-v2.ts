import { Document, Scalar } from 'yaml';
import type { Setting } from './setting.js';
import { credentialsOf } from './validate-storage.js';

export interface WrittenSetting {
  readonly setting: Setting;
  /** Names the variable that holds the value instead of the file. */
  readonly variable?: string;
}

/** The text of a file in schema v2: every key that applies, in the order of the schema. */
export function writeV2(settings: readonly WrittenSetting[]): string {
  const values = new Map(settings.map(({ setting }) => [setting.spec.key, setting]));
  const doc = new Document({ configVersion: 'v2' });
  const viaEnv: string[] = [];
  for (const { setting, variable } of settings) {
    if (!applies(setting, values)) continue;
    if (variable === undefined) doc.setIn(setting.spec.key.split('.'), toNode(setting));
    else viaEnv.push(` ${setting.spec.key}: set via env ${variable}`);
  }
  if (viaEnv.length > 0) doc.commentBefore = viaEnv.join('\n');
  return doc.toString({ indent: 2, lineWidth: 0 });
}

/** Whether a key means anything to the provider and the authentication of its section. */
function applies({ spec, source }: Setting, values: ReadonlyMap<string, Setting>): boolean {
  const section = /^(milvus|backup)\.storage\./.exec(spec.key)?.[0];
  if (section === undefined) return true;
  const name = spec.key.slice(section.length);
  const provider = values.get(`${section}provider`)?.value;
  if (spec.quiet) {
    const value = values.get(spec.key)?.value;
    return (
      source !== 'default' && value !== '' && !(typeof value === 'object' && Object.keys(value).length === 0)
    );
  }
  if (name === 'accountName') return provider === 'azure';
  if (name === 'localPath') return provider === 'local';
  if (name.startsWith('milvus')) return provider !== 'local';
  if (!name.startsWith('auth.') || name === 'auth.type') return true;
  return credentialsOf(values.get(`${section}auth.type`)?.value).includes(name.slice('auth.'.length));
}

function toNode({ spec, value, name, source }: Setting): unknown {
  if (typeof value === 'object') return value;
  const node = new Scalar(value);
  // other YAML readers take more unquoted words for numbers and the like than this one does
  if (spec.secret) node.type = Scalar.QUOTE_DOUBLE;
  if (spec.key === 'transfer.mode' && source !== 'default') node.comment = ` from ${name}`;
  return node;
}

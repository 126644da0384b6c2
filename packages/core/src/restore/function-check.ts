import type { KeyValue } from '../meta/types.js';
import type { CreateCollectionInput, MilvusGateway } from '../milvus/gateway.js';
import type { RestoreTarget } from './plan-targets.js';

const key = 'disable_func_runtime_check';

async function isSwitched(
  milvus: Pick<MilvusGateway, 'serverInfo'>,
  { source }: RestoreTarget,
  signal: AbortSignal,
): Promise<boolean> {
  if (source.schema.functions.length === 0) return false;
  return (await milvus.serverInfo({ signal })).features.functionRuntimeCheck;
}

/**
 * From 2.6.8 on Milvus tries the functions of a new collection, whose services may not be there yet or ask for money: it is made
 * with that switched off.
 */
export async function withoutFunctionCheck(
  milvus: Pick<MilvusGateway, 'serverInfo'>,
  target: RestoreTarget,
  input: CreateCollectionInput,
  signal: AbortSignal,
): Promise<CreateCollectionInput> {
  if (!(await isSwitched(milvus, target, signal))) return input;
  return { ...input, properties: [...withoutKey(input.properties), { key, value: 'true' }] };
}

/** Switches it on again, unless it was off in the backup. */
export async function restoreFunctionCheck(
  milvus: Pick<MilvusGateway, 'serverInfo' | 'alterCollection'>,
  target: RestoreTarget,
  signal: AbortSignal,
): Promise<void> {
  if (!(await isSwitched(milvus, target, signal))) return;
  const { properties, schema } = target.source;
  const held = [...schema.properties, ...properties].filter((one) => one.key === key).at(-1);
  if (held?.value === 'true') return;
  await milvus.alterCollection(target.at, [{ key, value: 'false' }], { signal });
}

const withoutKey = (properties: readonly KeyValue[]): KeyValue[] =>
  properties.filter((one) => one.key !== key);

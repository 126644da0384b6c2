import { paramOf } from './schema.js';
import type { World } from './world.js';

export interface ManagementAnswer {
  readonly status: number;
  readonly body: string;
}

const collector = '/management/datacoord/garbage_collection';
const keys = '/management/rootcoord/ez/backup';
const notFound: ManagementAnswer = { status: 404, body: '404 page not found\n' };

/** The port of health, metrics and management. It asks for no password. */
export async function answerManagement(world: World, url: URL): Promise<ManagementAnswer> {
  if (url.pathname === '/healthz') return { status: 200, body: 'OK' };
  const { version } = world;
  if (url.pathname === `${collector}/pause` && version.pauseGc) {
    const seconds = Number(url.searchParams.get('pause_seconds'));
    if (!Number.isInteger(seconds) || seconds <= 0) return failed('invalid pause_seconds');
    // Older servers pause everything, whatever collection is asked for.
    const asked = url.searchParams.get('collection_id') ?? '0';
    if (!/^\d+$/.test(asked)) return failed(`invalid collection_id ${asked}`);
    const collection = version.gcTickets ? BigInt(asked) : 0n;
    const ticket = world.garbage.pause(collection, seconds);
    return ok(version.gcTickets && collection !== 0n ? { ticket } : {});
  }
  if (url.pathname === `${collector}/resume` && version.pauseGc) {
    const ticket = version.gcTickets ? (url.searchParams.get('ticket') ?? undefined) : undefined;
    const known = await world.garbage.resume(ticket);
    return known || ticket === undefined ? ok({}) : failed(`unknown ticket ${ticket}`);
  }
  if (url.pathname === keys && version.from('2.6.0')) {
    const name = url.searchParams.get('db_name') ?? '';
    const properties = world.databases.get(name)?.properties;
    if (properties === undefined) return failed(`database not found[database=${name}]`);
    const zone = paramOf(properties, 'cipher.ezID');
    return zone === undefined ? failed(`database ${name} is not encrypted`) : ok({ ezk: `sim-ezk-${zone}` });
  }
  return notFound;
}

function ok(members: object): ManagementAnswer {
  return { status: 200, body: JSON.stringify({ msg: 'OK', ...members }) };
}

function failed(reason: string): ManagementAnswer {
  return { status: 500, body: JSON.stringify({ msg: reason }) };
}

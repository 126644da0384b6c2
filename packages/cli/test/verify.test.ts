import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { makeFolder, run } from './test-host.js';

/** A folder with a configuration. */
function makeCwd(): string {
  const cwd = makeFolder();
  writeFileSync(path.join(cwd, 'backup.yaml'), 'configVersion: v2\n');
  return cwd;
}

describe('verify', () => {
  it.each([
    [['verify', 'b1'], { name: 'b1', level: 'checksum' }],
    [['verify', '-n', 'b1', '--read-data'], { name: 'b1', level: 'read' }],
    [['verify', 'b1', '--read-data-subset', '5%', '--seed', 'x'], { level: 'read', subset: '5%', seed: 'x' }],
    [['verify', 'b1', '--decode', '--from', 'offsite'], { level: 'decode', from: 'offsite' }],
    [['verify', 'b1', '--decode', '--read-data-subset=1/10'], { level: 'decode', subset: '1/10' }],
    [['verify', 'b1', '--level', 'meta'], { level: 'meta' }],
  ])('%j', async (argv, request) => {
    const { code, stdout, service } = await run(argv, { cwd: makeCwd() });
    expect(code).toBe(0);
    expect(stdout).toMatch(/verify backup success\nduration:1\.50 s\n$/);
    expect(service.calls[0]).toEqual(['verify', expect.objectContaining(request)]);
  });

  it('ends with 4 and names what is damaged, in JSON too', async () => {
    const damage = {
      ok: false,
      problems: [
        { kind: 'missing', key: 'binlogs/x', message: 'it is missing', collection: 'default.books' },
      ],
      problemsTotal: 3,
      warnings: ['notes.txt does not belong to the backup'],
      warningsTotal: 1,
    } as const;
    const plain = await run(['verify', 'b1'], {
      cwd: makeCwd(),
      service: createFakeService({ verify: damage }),
    });
    expect(plain.code).toBe(4);
    expect(plain.stdout).toContain(
      'damaged  binlogs/x (default.books): it is missing\n… and 2 more problems\n',
    );
    const json = await run(['verify', 'b1', '--json'], {
      cwd: makeCwd(),
      service: createFakeService({ verify: damage }),
    });
    expect(json.code).toBe(4);
    expect(JSON.parse(json.stdout)).toMatchObject({
      ok: false,
      problems_total: 3,
      problems: [{ kind: 'missing', key: 'binlogs/x' }],
      counts: { objects_read: 0 },
    });
  });

  it.each([
    [['verify']],
    [['verify', 'b1', '-n', 'b2']],
    [['verify', 'b1', '--level', 'deep']],
    [['verify', 'b1', '--level', 'exists', '--decode']],
  ])('%j is refused', async (argv) => {
    expect(await run(argv)).toMatchObject({ code: 64 });
  });

  it('takes a store from another file', async () => {
    expect(await run(['verify', 'b1', '--from', 'none.yaml'], { cwd: makeFolder() })).toMatchObject({
      code: 2,
    });
  });
});

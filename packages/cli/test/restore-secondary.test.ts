import { describe, expect, it } from 'vitest';
import { createFakeService } from './fake-service.js';
import { run } from './test-host.js';

const both = ['--source_cluster_id', 'east', '--target_cluster_id=west'];

describe('restore secondary', () => {
  it('hands both ids over and prints nothing', async () => {
    const { code, stdout, service } = await run([
      'restore',
      '--config',
      '',
      'secondary',
      '-n',
      'b1',
      ...both,
    ]);
    expect([code, stdout]).toEqual([0, '']);
    const request = { name: 'b1', sourceClusterId: 'east', targetClusterId: 'west', resume: true };
    expect(service.calls[0]).toEqual(['restoreSecondary', request]);
  });

  it('prints a document when asked, and starts over when told to', async () => {
    const argv = ['restore', 'secondary', '--config', '', '-n', 'b1', ...both, '--json', '--no-resume'];
    const { stdout, service } = await run(argv);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'success' });
    expect(service.calls[0]?.[1]).toMatchObject({ resume: false });
  });

  it.each([
    [['-n', 'b1'], 'empty source cluster id'],
    [['-n', 'b1', '--source_cluster_id', 'east'], 'empty target cluster id'],
    [both, 'backup name is required'],
  ])('refuses %j', async (flags, message) => {
    const service = createFakeService();
    const { code, stderr } = await run(['restore', 'secondary', '--config', '', ...flags], { service });
    expect(code).toBe(64);
    expect(stderr).toContain(`Error: ${message}`);
    expect(service.calls).toEqual([]);
  });

  it('is not what any other word behind restore means', async () => {
    const { service, stderr } = await run(['restore', 'foo', '--config', '', '-n', 'b1']);
    expect(stderr).toContain('"foo" is ignored');
    expect(service.calls[0]?.[0]).toBe('restore');
  });
});

/**
 * Method and path of every call of the second version. Apart from their descriptions, whose schemas take time to load: a server that
 * nobody asks for this version starts as fast as without it. A test compares the two.
 */
export const callsV2 = [
  'GET /api/v2/backups',
  'POST /api/v2/backups',
  'GET /api/v2/backups/{name}',
  'DELETE /api/v2/backups/{name}',
  'GET /api/v2/backups/{name}/archive',
  'POST /api/v2/backups/{name}/copies',
  'POST /api/v2/backups/{name}/compactions',
  'POST /api/v2/backups/{name}/migrations',
  'POST /api/v2/backups/{name}/restores',
  'POST /api/v2/backups/{name}/secondary-restores',
  'POST /api/v2/backups/{name}/verifications',
  'POST /api/v2/backups/{name}/drills',
  'GET /api/v2/jobs',
  'GET /api/v2/jobs/{id}',
  'DELETE /api/v2/jobs/{id}',
  'POST /api/v2/jobs/{id}/cancel',
  'GET /api/v2/jobs/{id}/events',
  'POST /api/v2/cleanup',
  'POST /api/v2/check',
  'GET /api/v2/version',
  'GET /api/v2/healthz',
] as const;

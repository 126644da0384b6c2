import { createRoute, z } from '@hono/zod-openapi';
import { collectionOutcomes, migratePhases, type TaskView } from '@milvus-backup/core';
import { count, jobId, json, nextCursor, pageQuery, problems, time } from './common.js';
import { cleanupReport, drillReport, verifyReport } from './reports.js';

/** Every kind of run that core has; the compiler refuses this table when one is missing. */
export const jobKinds = {
  create: 'create',
  restore: 'restore',
  copy: 'copy',
  delete: 'delete',
  verify: 'verify',
  drill: 'drill',
  migrate: 'migrate',
  cleanup: 'cleanup',
  l0compact: 'l0compact',
} as const satisfies Readonly<Record<TaskView['kind'], string>>;

export const jobStates = ['pending', 'running', 'succeeded', 'partial', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

const state = z.enum(jobStates).openapi({
  description: '`partial`: what could be done was done and is kept, `collections` tells what is missing',
});

export const job = z
  .object({
    id: z.string(),
    kind: z.enum(jobKinds),
    backup: z.string().openapi({ description: 'Name of the backup; of a copy the one at its target' }),
    state,
    progress: z.object({
      percent: z.int().min(0).max(100),
      step: z.string(),
      bytesDone: count,
      bytesTotal: count,
      objectsDone: count,
      objectsTotal: count,
      collectionsDone: count,
      collectionsTotal: count,
    }),
    startedAt: time,
    endedAt: time,
    error: z.object({ code: z.string(), message: z.string(), remedy: z.string().optional() }).nullable(),
    collections: z.array(
      z.object({
        database: z.string(),
        collection: z.string(),
        state,
        percent: z.int(),
        rows: count,
        startedAt: time,
        endedAt: time,
        error: z.string().optional(),
        outcome: z.enum(collectionOutcomes).optional(),
      }),
    ),
    warnings: z
      .array(z.string())
      .openapi({ description: 'What could not be done and does not touch the data' }),
    copy: z
      .object({
        from: z.string(),
        to: z.string(),
        sourceName: z.string(),
        objectsCopied: count,
        bytesCopied: count,
        objectsKept: count,
        bytesKept: count,
      })
      .optional()
      .openapi({ description: 'Of a copy, and of a migration on its way to the volume' }),
    verify: verifyReport.optional().openapi({ description: 'What a verification found' }),
    drill: drillReport.optional().openapi({ description: 'What a drill came to' }),
    cleanup: cleanupReport.optional().openapi({ description: 'What a clean-up found' }),
    migrate: z
      .object({
        clusterId: z.string(),
        volume: z.string(),
        dataPath: z.string(),
        phase: z.enum(migratePhases),
        jobId: z.string().openapi({ description: 'Of Zilliz Cloud; empty before `started`' }),
      })
      .optional()
      .openapi({ description: 'Of a migration alone' }),
  })
  .openapi('Job');

export const accepted = {
  202: {
    ...json(job, 'The job has begun'),
    headers: z.object({ Location: z.string().openapi({ description: 'Path of the job' }) }),
  },
};

export const jobsQuery = pageQuery.extend({
  kind: z.enum(jobKinds).optional(),
  state: z.enum(jobStates).optional(),
  backup: z.string().optional(),
});

const tags = ['Jobs'];

export const listJobs = createRoute({
  method: 'get',
  path: '/api/v2/jobs',
  operationId: 'listJobs',
  tags,
  summary: 'List jobs of all processes on the configured stores, the latest first',
  request: { query: jobsQuery },
  responses: {
    200: json(z.object({ items: z.array(job), nextCursor }).openapi('JobPage'), 'One page'),
    ...problems(400),
  },
});

export const getJob = createRoute({
  method: 'get',
  path: '/api/v2/jobs/{id}',
  operationId: 'getJob',
  tags,
  summary: 'Show a job',
  request: { params: jobId },
  responses: { 200: json(job, 'The job now'), ...problems(404) },
});

const cancelResponses = {
  200: json(job, 'It had ended already and stays as it is'),
  202: json(job, 'It was asked to stop, and ends some time later'),
  ...problems(404),
};

export const cancelJob = createRoute({
  method: 'post',
  path: '/api/v2/jobs/{id}/cancel',
  operationId: 'cancelJob',
  tags,
  summary: 'Cancel a job, of whichever process on these stores',
  request: { params: jobId },
  responses: cancelResponses,
});

export const deleteJob = createRoute({
  method: 'delete',
  path: '/api/v2/jobs/{id}',
  operationId: 'deleteJob',
  tags,
  summary: 'The same as cancel',
  request: { params: jobId },
  responses: cancelResponses,
});

export const watchJob = createRoute({
  method: 'get',
  path: '/api/v2/jobs/{id}/events',
  operationId: 'watchJob',
  tags,
  summary: 'Follow a job as server-sent events',
  description:
    'Events `progress`, and at last one `end`, hold the job as JSON. With `Last-Event-ID` what was told is not told again; ' +
    'after `end` that is status 204, which keeps a browser from asking on.',
  request: {
    params: jobId,
    headers: z.object({ 'Last-Event-ID': z.string().optional() }),
  },
  responses: {
    200: { description: 'The events', content: { 'text/event-stream': { schema: z.string() } } },
    204: { description: 'The end was told before' },
    ...problems(404),
  },
});

// Made by scripts/generate.mjs from the API document: change the schemas of packages/server instead.

export interface paths {
    readonly "/backups": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List the backups, by name */
        readonly get: operations["listBackups"];
        readonly put?: never;
        /** Make a backup */
        readonly post: operations["createBackup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/backups/{name}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show a backup */
        readonly get: operations["getBackup"];
        readonly put?: never;
        readonly post?: never;
        /** Delete a backup */
        readonly delete: operations["deleteBackup"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/backups/{name}/archive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Download all files of a backup as one tar */
        readonly get: operations["downloadBackup"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/backups/{name}/copies": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Copy a backup to another store of the configuration */
        readonly post: operations["copyBackup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/backups/{name}/restores": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Restore a backup */
        readonly post: operations["restoreBackup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/check": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Find out what keeps a backup or a restore from working
         * @description Writes probe objects and removes them. What is wrong is an item of the report, and the status is 200.
         */
        readonly post: operations["check"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/healthz": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether this server answers; it asks neither Milvus nor the stores */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/jobs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** List jobs of all processes on the configured stores, the latest first */
        readonly get: operations["listJobs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/jobs/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Show a job */
        readonly get: operations["getJob"];
        readonly put?: never;
        readonly post?: never;
        /** The same as cancel */
        readonly delete: operations["deleteJob"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/jobs/{id}/cancel": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /** Cancel a job, of whichever process on these stores */
        readonly post: operations["cancelJob"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/jobs/{id}/events": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Follow a job as server-sent events
         * @description Events `progress`, and at last one `end`, hold the job as JSON. With `Last-Event-ID` what was told is not told again; after `end` that is status 204, which keeps a browser from asking on.
         */
        readonly get: operations["watchJob"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/version": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Version of this server */
        readonly get: operations["getVersion"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        readonly Backup: components["schemas"]["BackupSummary"] & {
            readonly collections: readonly components["schemas"]["BackupCollection"][];
            readonly databases: readonly {
                /**
                 * @description A 64-bit integer as decimal text
                 * @example 470635130682481694
                 */
                readonly id: string;
                readonly name: string;
                readonly properties: readonly {
                    readonly key: string;
                    readonly value: string;
                }[];
            }[];
            /** @description binlog or snapshot */
            readonly format: string;
            readonly job: components["schemas"]["Job"] & (Record<string, never> | null);
            /**
             * Format: int64
             * @description Bytes of metadata
             */
            readonly metaSize: number;
        };
        readonly BackupCollection: {
            /**
             * @description Hybrid timestamp of Milvus
             * @example 470635130682481694
             */
            readonly backupTimestamp: string;
            readonly database: string;
            readonly fields: readonly {
                readonly dataType: number;
                readonly description: string;
                readonly name: string;
                readonly primaryKey: boolean;
            }[];
            /**
             * @description A 64-bit integer as decimal text
             * @example 470635130682481694
             */
            readonly id: string;
            readonly indexes: readonly {
                readonly field: string;
                readonly name: string;
                readonly type: string;
            }[];
            readonly loadState: string;
            readonly name: string;
            readonly properties: readonly {
                readonly key: string;
                readonly value: string;
            }[];
            readonly shards: number;
            /** Format: int64 */
            readonly size: number;
        };
        readonly BackupPage: {
            readonly items: readonly components["schemas"]["BackupSummary"][];
            /** @description Gives the next page; null on the last */
            readonly nextCursor: string | null;
        };
        readonly BackupSummary: {
            readonly id: string;
            readonly milvusVersion: string;
            readonly name: string;
            /**
             * Format: int64
             * @description Bytes of binlogs
             */
            readonly size: number;
        };
        readonly CheckReport: {
            readonly backupStorage: {
                readonly bucket: string;
                readonly provider: string;
                readonly rootPath: string;
            };
            readonly items: readonly {
                readonly message: string;
                /** @description GROUP.PROBE; groups are milvus, milvus-storage, backup-storage, copy, clean-up, plan */
                readonly name: string;
                readonly remedy: string;
                /** @enum {string} */
                readonly status: "ok" | "warning" | "failed" | "skipped";
            }[];
            readonly milvusStorage: {
                readonly bucket: string;
                readonly provider: string;
                readonly rootPath: string;
            };
            readonly milvusVersion: string;
            /** @description No item failed */
            readonly ok: boolean;
            /** @description What a backup of everything would move; null when it could not be told */
            readonly plan: {
                /** Format: int64 */
                readonly bytes: number;
                /** Format: int64 */
                readonly collections: number;
                readonly complete: boolean;
                readonly databases: readonly {
                    /** Format: int64 */
                    readonly bytes: number;
                    /** Format: int64 */
                    readonly collections: number;
                    readonly name: string;
                    /** Format: int64 */
                    readonly objects: number;
                    /** Format: int64 */
                    readonly segments: number;
                }[];
                /** Format: int64 */
                readonly freeBytes: number;
                /** Format: int64 */
                readonly objects: number;
                /** Format: int64 */
                readonly segments: number;
            } | null;
        };
        readonly CopyBackup: {
            /** @description Name of the copy, when not the same */
            readonly as?: string;
            /** @description The same of the source; `backup` when absent */
            readonly from?: string;
            /** @description Id of the job; made when absent */
            readonly id?: string;
            /** @description A name below `storages` of the configuration, or `backup` for its `backup.storage` */
            readonly to: string;
        };
        readonly CreateBackup: {
            readonly filter?: components["schemas"]["Filter"];
            /** @description Id of the job; made when absent */
            readonly id?: string;
            /** @description Leave out collections that fail; the job ends `partial` */
            readonly keepGoing?: boolean;
            /** @description Letters, digits and underscores; made from the time when absent */
            readonly name?: string;
            /**
             * @description What a collection that is dropped, or made anew, meanwhile means; retry when absent
             * @enum {string}
             */
            readonly onMissing?: "fail" | "skip" | "retry";
            /** @description Pause garbage collection of Milvus meanwhile */
            readonly pauseGC?: boolean;
            /** @description Include users, roles and grants */
            readonly rbac?: boolean;
            /** @description false: start over where an earlier run of that name was cut short */
            readonly resume?: boolean;
            /**
             * @description auto when absent
             * @enum {string}
             */
            readonly strategy?: "auto" | "serial_flush" | "bulk_flush" | "skip_flush" | "meta_only";
        };
        /**
         * @description Everything when absent
         * @example {
         *       "default": {
         *         "colls": [
         *           "*"
         *         ]
         *       },
         *       "db2": {
         *         "colls": [
         *           "coll1"
         *         ]
         *       }
         *     }
         */
        readonly Filter: {
            readonly [key: string]: {
                readonly colls?: readonly string[];
            };
        };
        readonly Health: {
            /** @enum {string} */
            readonly status: "ok";
        };
        readonly Job: {
            /** @description Name of the backup; of a copy the one at its target */
            readonly backup: string;
            readonly collections: readonly {
                readonly collection: string;
                readonly database: string;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                readonly endedAt: string | null;
                readonly error?: string;
                /** @enum {string} */
                readonly outcome?: "done" | "skipped" | "gone" | "failed";
                readonly percent: number;
                /** Format: int64 */
                readonly rows: number;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                readonly startedAt: string | null;
                /**
                 * @description `partial`: what could be done was done and is kept, `collections` tells what is missing
                 * @enum {string}
                 */
                readonly state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            }[];
            /** @description Of a copy alone */
            readonly copy?: {
                /** Format: int64 */
                readonly bytesCopied: number;
                /** Format: int64 */
                readonly bytesKept: number;
                readonly from: string;
                /** Format: int64 */
                readonly objectsCopied: number;
                /** Format: int64 */
                readonly objectsKept: number;
                readonly sourceName: string;
                readonly to: string;
            };
            /**
             * Format: date-time
             * @description null while unknown
             */
            readonly endedAt: string | null;
            readonly error: {
                readonly code: string;
                readonly message: string;
                readonly remedy?: string;
            } | null;
            readonly id: string;
            /** @enum {string} */
            readonly kind: "create" | "restore" | "copy" | "delete";
            readonly progress: {
                /** Format: int64 */
                readonly bytesDone: number;
                /** Format: int64 */
                readonly bytesTotal: number;
                /** Format: int64 */
                readonly collectionsDone: number;
                /** Format: int64 */
                readonly collectionsTotal: number;
                /** Format: int64 */
                readonly objectsDone: number;
                /** Format: int64 */
                readonly objectsTotal: number;
                readonly percent: number;
                readonly step: string;
            };
            /**
             * Format: date-time
             * @description null while unknown
             */
            readonly startedAt: string | null;
            /**
             * @description `partial`: what could be done was done and is kept, `collections` tells what is missing
             * @enum {string}
             */
            readonly state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            /** @description What could not be done and does not touch the data */
            readonly warnings: readonly string[];
        };
        readonly JobPage: {
            readonly items: readonly components["schemas"]["Job"][];
            /** @description Gives the next page; null on the last */
            readonly nextCursor: string | null;
        };
        readonly Problem: {
            /**
             * @description Stable, for programs
             * @example BACKUP_NOT_FOUND
             */
            readonly code: string;
            readonly detail: string;
            /** @description Values for programs, such as the owner of a name */
            readonly details?: {
                readonly [key: string]: string | number | boolean | null;
            };
            readonly errors?: readonly {
                readonly detail: string;
                /** @description JSON pointer into the body, or ?name of the query */
                readonly pointer: string;
            }[];
            readonly instance: string;
            /** @description What to do */
            readonly remedy?: string;
            readonly requestId: string;
            readonly status: number;
            readonly title: string;
            readonly type: string;
        };
        readonly RestoreBackup: {
            readonly dropExistCollection?: boolean;
            readonly dropExistIndex?: boolean;
            readonly filter?: components["schemas"]["Filter"] & unknown;
            /** @description Id of the job; made when absent */
            readonly id?: string;
            /** @description Upper bound; 0 is none */
            readonly maxShardNum?: number;
            /** @description Schemas alone */
            readonly metaOnly?: boolean;
            /** @description Where databases and collections go */
            readonly plan?: readonly components["schemas"]["RestoreMapping"][];
            /** @description Users, roles and grants that are missing */
            readonly rbac?: boolean;
            readonly rebuildIndex?: boolean;
            /**
             * @description As --rename of the command line
             * @example {
             *       "db1.*": "db2.*"
             *     }
             */
            readonly rename?: {
                readonly [key: string]: string;
            };
            readonly skipAliases?: boolean;
            /** @description The targets must exist */
            readonly skipCreateCollection?: boolean;
            /** @description Load nothing that was loaded at the time of the backup */
            readonly skipLoad?: boolean;
            /** @description Keys that are not restored */
            readonly skipParams?: {
                readonly collectionProperties?: readonly string[];
                readonly fieldIndexParams?: readonly string[];
                readonly fieldTypeParams?: readonly string[];
                readonly indexParams?: readonly string[];
            };
            /** @description Leave out properties of collections and databases */
            readonly skipProperties?: boolean;
            /** @description Appended to each collection name */
            readonly suffix?: string;
            readonly targetFilter?: components["schemas"]["Filter"] & unknown;
            /** @description Vector indexes become AUTOINDEX */
            readonly useAutoIndex?: boolean;
        };
        readonly RestoreMapping: {
            readonly collections?: readonly {
                readonly description?: string;
                readonly shardNum?: number;
                readonly source: string;
                readonly target: string;
            }[];
            readonly source: string;
            readonly target: string;
            /** @description Set the properties of the database also where it is in use */
            readonly withProperties?: boolean;
        };
        readonly Version: {
            readonly version: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly listBackups: {
        readonly parameters: {
            readonly query?: {
                /** @description `nextCursor` of the page before */
                readonly cursor?: string;
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["BackupPage"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly createBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "my_backup",
                 *       "filter": {
                 *         "default": {
                 *           "colls": [
                 *             "*"
                 *           ]
                 *         }
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreateBackup"];
            };
        };
        readonly responses: {
            /** @description The job has begun */
            readonly 202: {
                headers: {
                    /** @description Path of the job */
                    readonly Location: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The backup */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Backup"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The job has begun */
            readonly 202: {
                headers: {
                    /** @description Path of the job */
                    readonly Location: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly downloadBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The tar */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/x-tar": string;
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly copyBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "to": "offsite"
                 *     }
                 */
                readonly "application/json": components["schemas"]["CopyBackup"];
            };
        };
        readonly responses: {
            /** @description The job has begun */
            readonly 202: {
                headers: {
                    /** @description Path of the job */
                    readonly Location: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly restoreBackup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly name: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "suffix": "_recover",
                 *       "rebuildIndex": true
                 *     }
                 */
                readonly "application/json": components["schemas"]["RestoreBackup"];
            };
        };
        readonly responses: {
            /** @description The job has begun */
            readonly 202: {
                headers: {
                    /** @description Path of the job */
                    readonly Location: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            readonly 409: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly check: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The report */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["CheckReport"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It does */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    readonly listJobs: {
        readonly parameters: {
            readonly query?: {
                readonly backup?: string;
                /** @description `nextCursor` of the page before */
                readonly cursor?: string;
                readonly kind?: "create" | "restore" | "copy" | "delete";
                readonly limit?: number;
                readonly state?: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description One page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            readonly 400: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The job now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly deleteJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It had ended already and stays as it is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It was asked to stop, and ends some time later */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly cancelJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It had ended already and stays as it is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It was asked to stop, and ends some time later */
            readonly 202: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly watchJob: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                readonly "Last-Event-ID"?: string;
            };
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The events */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "text/event-stream": string;
                };
            };
            /** @description The end was told before */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no such thing */
            readonly 404: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            readonly default: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    readonly getVersion: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The version */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
}

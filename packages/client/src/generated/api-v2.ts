// Made by scripts/generate.mjs from the API document: change the schemas of packages/server instead.

export interface paths {
    "/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List the backups, by name */
        get: operations["listBackups"];
        put?: never;
        /** Make a backup */
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a backup */
        get: operations["getBackup"];
        put?: never;
        post?: never;
        /** Delete a backup */
        delete: operations["deleteBackup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}/archive": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Download all files of a backup as one tar */
        get: operations["downloadBackup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}/copies": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Copy a backup to another store of the configuration */
        post: operations["copyBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}/restores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a backup */
        post: operations["restoreBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find out what keeps a backup or a restore from working
         * @description Writes probe objects and removes them. What is wrong is an item of the report, and the status is 200.
         */
        post: operations["check"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/healthz": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether this server answers; it asks neither Milvus nor the stores */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** List jobs of all processes on the configured stores, the latest first */
        get: operations["listJobs"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Show a job */
        get: operations["getJob"];
        put?: never;
        post?: never;
        /** The same as cancel */
        delete: operations["deleteJob"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/cancel": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Cancel a job, of whichever process on these stores */
        post: operations["cancelJob"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/jobs/{id}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job as server-sent events
         * @description Events `progress`, and at last one `end`, hold the job as JSON. With `Last-Event-ID` what was told is not told again; after `end` that is status 204, which keeps a browser from asking on.
         */
        get: operations["watchJob"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Version of this server */
        get: operations["getVersion"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Backup: components["schemas"]["BackupSummary"] & {
            collections: components["schemas"]["BackupCollection"][];
            databases: {
                /**
                 * @description A 64-bit integer as decimal text
                 * @example 470635130682481694
                 */
                id: string;
                name: string;
                properties: {
                    key: string;
                    value: string;
                }[];
            }[];
            /** @description binlog or snapshot */
            format: string;
            job: components["schemas"]["Job"] & (Record<string, never> | null);
            /**
             * Format: int64
             * @description Bytes of metadata
             */
            metaSize: number;
        };
        BackupCollection: {
            /**
             * @description Hybrid timestamp of Milvus
             * @example 470635130682481694
             */
            backupTimestamp: string;
            database: string;
            fields: {
                dataType: number;
                description: string;
                name: string;
                primaryKey: boolean;
            }[];
            /**
             * @description A 64-bit integer as decimal text
             * @example 470635130682481694
             */
            id: string;
            indexes: {
                field: string;
                name: string;
                type: string;
            }[];
            loadState: string;
            name: string;
            properties: {
                key: string;
                value: string;
            }[];
            shards: number;
            /** Format: int64 */
            size: number;
        };
        BackupPage: {
            items: components["schemas"]["BackupSummary"][];
            /** @description Gives the next page; null on the last */
            nextCursor: string | null;
        };
        BackupSummary: {
            id: string;
            milvusVersion: string;
            name: string;
            /**
             * Format: int64
             * @description Bytes of binlogs
             */
            size: number;
        };
        CheckReport: {
            backupStorage: {
                bucket: string;
                provider: string;
                rootPath: string;
            };
            items: {
                message: string;
                /** @description GROUP.PROBE; groups are milvus, milvus-storage, backup-storage, copy, clean-up, plan */
                name: string;
                remedy: string;
                /** @enum {string} */
                status: "ok" | "warning" | "failed" | "skipped";
            }[];
            milvusStorage: {
                bucket: string;
                provider: string;
                rootPath: string;
            };
            milvusVersion: string;
            /** @description No item failed */
            ok: boolean;
            /** @description What a backup of everything would move; null when it could not be told */
            plan: {
                /** Format: int64 */
                bytes: number;
                /** Format: int64 */
                collections: number;
                complete: boolean;
                databases: {
                    /** Format: int64 */
                    bytes: number;
                    /** Format: int64 */
                    collections: number;
                    name: string;
                    /** Format: int64 */
                    objects: number;
                    /** Format: int64 */
                    segments: number;
                }[];
                /** Format: int64 */
                freeBytes: number;
                /** Format: int64 */
                objects: number;
                /** Format: int64 */
                segments: number;
            } | null;
        };
        CopyBackup: {
            /** @description Name of the copy, when not the same */
            as?: string;
            /** @description The same of the source; `backup` when absent */
            from?: string;
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description A name below `storages` of the configuration, or `backup` for its `backup.storage` */
            to: string;
        };
        CreateBackup: {
            filter?: components["schemas"]["Filter"];
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description Leave out collections that fail; the job ends `partial` */
            keepGoing?: boolean;
            /** @description Letters, digits and underscores; made from the time when absent */
            name?: string;
            /**
             * @description What a collection that is dropped, or made anew, meanwhile means; retry when absent
             * @enum {string}
             */
            onMissing?: "fail" | "skip" | "retry";
            /** @description Pause garbage collection of Milvus meanwhile */
            pauseGC?: boolean;
            /** @description Include users, roles and grants */
            rbac?: boolean;
            /** @description false: start over where an earlier run of that name was cut short */
            resume?: boolean;
            /**
             * @description auto when absent
             * @enum {string}
             */
            strategy?: "auto" | "serial_flush" | "bulk_flush" | "skip_flush" | "meta_only";
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
        Filter: {
            [key: string]: {
                colls?: string[];
            };
        };
        Health: {
            /** @enum {string} */
            status: "ok";
        };
        Job: {
            /** @description Name of the backup; of a copy the one at its target */
            backup: string;
            collections: {
                collection: string;
                database: string;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                endedAt: string | null;
                error?: string;
                /** @enum {string} */
                outcome?: "done" | "skipped" | "gone" | "failed";
                percent: number;
                /** Format: int64 */
                rows: number;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                startedAt: string | null;
                /**
                 * @description `partial`: what could be done was done and is kept, `collections` tells what is missing
                 * @enum {string}
                 */
                state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            }[];
            /** @description Of a copy alone */
            copy?: {
                /** Format: int64 */
                bytesCopied: number;
                /** Format: int64 */
                bytesKept: number;
                from: string;
                /** Format: int64 */
                objectsCopied: number;
                /** Format: int64 */
                objectsKept: number;
                sourceName: string;
                to: string;
            };
            /**
             * Format: date-time
             * @description null while unknown
             */
            endedAt: string | null;
            error: {
                code: string;
                message: string;
                remedy?: string;
            } | null;
            id: string;
            /** @enum {string} */
            kind: "create" | "restore" | "copy" | "delete" | "verify" | "drill";
            progress: {
                /** Format: int64 */
                bytesDone: number;
                /** Format: int64 */
                bytesTotal: number;
                /** Format: int64 */
                collectionsDone: number;
                /** Format: int64 */
                collectionsTotal: number;
                /** Format: int64 */
                objectsDone: number;
                /** Format: int64 */
                objectsTotal: number;
                percent: number;
                step: string;
            };
            /**
             * Format: date-time
             * @description null while unknown
             */
            startedAt: string | null;
            /**
             * @description `partial`: what could be done was done and is kept, `collections` tells what is missing
             * @enum {string}
             */
            state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            /** @description What could not be done and does not touch the data */
            warnings: string[];
        };
        JobPage: {
            items: components["schemas"]["Job"][];
            /** @description Gives the next page; null on the last */
            nextCursor: string | null;
        };
        Problem: {
            /**
             * @description Stable, for programs
             * @example BACKUP_NOT_FOUND
             */
            code: string;
            detail: string;
            /** @description Values for programs, such as the owner of a name */
            details?: {
                [key: string]: string | number | boolean | null;
            };
            errors?: {
                detail: string;
                /** @description JSON pointer into the body, or ?name of the query */
                pointer: string;
            }[];
            instance: string;
            /** @description What to do */
            remedy?: string;
            requestId: string;
            status: number;
            title: string;
            type: string;
        };
        RestoreBackup: {
            dropExistCollection?: boolean;
            dropExistIndex?: boolean;
            filter?: components["schemas"]["Filter"] & unknown;
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description Leave out collections that fail; the job ends `partial` */
            keepGoing?: boolean;
            /** @description Upper bound; 0 is none */
            maxShardNum?: number;
            /** @description Schemas alone */
            metaOnly?: boolean;
            /** @description Where databases and collections go */
            plan?: components["schemas"]["RestoreMapping"][];
            /** @description Users, roles and grants that are missing */
            rbac?: boolean;
            rebuildIndex?: boolean;
            /**
             * @description As --rename of the command line
             * @example {
             *       "db1.*": "db2.*"
             *     }
             */
            rename?: {
                [key: string]: string;
            };
            /** @description false: start over where the same restore was cut short */
            resume?: boolean;
            skipAliases?: boolean;
            /** @description The targets must exist */
            skipCreateCollection?: boolean;
            /** @description Load nothing that was loaded at the time of the backup */
            skipLoad?: boolean;
            /** @description Keys that are not restored */
            skipParams?: {
                collectionProperties?: string[];
                fieldIndexParams?: string[];
                fieldTypeParams?: string[];
                indexParams?: string[];
            };
            /** @description Leave out properties of collections and databases */
            skipProperties?: boolean;
            /** @description Appended to each collection name */
            suffix?: string;
            targetFilter?: components["schemas"]["Filter"] & unknown;
            /** @description Vector indexes become AUTOINDEX */
            useAutoIndex?: boolean;
        };
        RestoreMapping: {
            collections?: {
                description?: string;
                shardNum?: number;
                source: string;
                target: string;
            }[];
            source: string;
            target: string;
            /** @description Set the properties of the database also where it is in use */
            withProperties?: boolean;
        };
        Version: {
            version: string;
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
    listBackups: {
        parameters: {
            query?: {
                /** @description `nextCursor` of the page before */
                cursor?: string;
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupPage"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    createBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
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
                "application/json": components["schemas"]["CreateBackup"];
            };
        };
        responses: {
            /** @description The job has begun */
            202: {
                headers: {
                    /** @description Path of the job */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The backup */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job has begun */
            202: {
                headers: {
                    /** @description Path of the job */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    downloadBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The tar */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/x-tar": string;
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    copyBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "to": "offsite"
                 *     }
                 */
                "application/json": components["schemas"]["CopyBackup"];
            };
        };
        responses: {
            /** @description The job has begun */
            202: {
                headers: {
                    /** @description Path of the job */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    restoreBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                /**
                 * @example {
                 *       "suffix": "_recover",
                 *       "rebuildIndex": true
                 *     }
                 */
                "application/json": components["schemas"]["RestoreBackup"];
            };
        };
        responses: {
            /** @description The job has begun */
            202: {
                headers: {
                    /** @description Path of the job */
                    Location: string;
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something stands in the way: the name is taken or in use, the target exists */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    check: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The report */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CheckReport"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It does */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
        };
    };
    listJobs: {
        parameters: {
            query?: {
                backup?: string;
                /** @description `nextCursor` of the page before */
                cursor?: string;
                kind?: "create" | "restore" | "copy" | "delete" | "verify" | "drill";
                limit?: number;
                state?: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description One page */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["JobPage"];
                };
            };
            /** @description Something in the request is not as described; `errors` tells what */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job now */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    deleteJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It had ended already and stays as it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It was asked to stop, and ends some time later */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    cancelJob: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It had ended already and stays as it is */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description It was asked to stop, and ends some time later */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    watchJob: {
        parameters: {
            query?: never;
            header?: {
                "Last-Event-ID"?: string;
            };
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description The end was told before */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description There is no such thing */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A failure; `code` tells which */
            default: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    getVersion: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The version */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
        };
    };
}

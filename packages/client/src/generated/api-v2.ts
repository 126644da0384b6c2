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
    "/backups/{name}/compactions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a second backup whose level-0 deletes lie beside the rows that they hit
         * @description A backup that has the name of the new one is not cleared here: delete it first.
         */
        post: operations["compactBackup"];
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
    "/backups/{name}/drills": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Prove that a backup can be restored, in a scratch database that is dropped again */
        post: operations["drillBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}/migrations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a backup to Zilliz Cloud and have it imported into a cluster
         * @description The job ends when the import has begun; `migrate.jobId` is its id in the cloud.
         */
        post: operations["migrateBackup"];
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
    "/backups/{name}/secondary-restores": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Restore a backup into the new secondary of a replication */
        post: operations["restoreSecondary"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/backups/{name}/verifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find out whether a backup is whole
         * @description The job fails with `VERIFY_FAILED` for a damaged backup; its `verify` names what is damaged.
         */
        post: operations["verifyBackup"];
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
    "/cleanup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Tell, or remove, what dead runs have left in the stores */
        post: operations["cleanUp"];
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
        /** @description What is more than a summary is told with `all` alone */
        BackupEntry: components["schemas"]["BackupSummary"] & {
            /**
             * Format: date-time
             * @description Last sign of life
             */
            changedAt?: string | null;
            /**
             * Format: int64
             * @description Objects that lie there; null for a backup
             */
            objects?: number;
            /** @description Why it is in that state */
            reason?: string;
            /** @description Restores of it that are under way */
            restores?: components["schemas"]["BackupRun"][];
            /** @description The run that writes, wrote or deletes it */
            run?: {
                id: string;
                /** @enum {string} */
                kind: "create" | "restore" | "copy" | "delete" | "verify" | "drill" | "migrate" | "cleanup" | "l0compact";
                /** @description For a person: process and host */
                owner: string;
                running: boolean;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                startedAt: string | null;
                /** @enum {string} */
                state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
                /**
                 * Format: date-time
                 * @description When the owner was last heard of
                 */
                updatedAt: string | null;
            } | null;
            /** @enum {string} */
            state?: "committed" | "partial" | "writing" | "interrupted" | "deleting" | "delete-interrupted" | "foreign";
        };
        BackupPage: {
            items: components["schemas"]["BackupEntry"][];
            /** @description Gives the next page; null on the last */
            nextCursor: string | null;
        };
        BackupRun: {
            id: string;
            /** @enum {string} */
            kind: "create" | "restore" | "copy" | "delete" | "verify" | "drill" | "migrate" | "cleanup" | "l0compact";
            /** @description For a person: process and host */
            owner: string;
            running: boolean;
            /**
             * Format: date-time
             * @description null while unknown
             */
            startedAt: string | null;
            /** @enum {string} */
            state: "pending" | "running" | "succeeded" | "partial" | "failed" | "cancelled";
            /**
             * Format: date-time
             * @description When the owner was last heard of
             */
            updatedAt: string | null;
        };
        BackupSummary: {
            id: string;
            milvusVersion: string;
            name: string;
            /**
             * Format: date-time
             * @description When a drill last proved it; absent: never
             */
            provenAt?: string | null;
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
        CleanUp: {
            /** @description Remove it; without, it is only told what would go */
            apply?: boolean;
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description How long nothing may have been heard of it; a day when absent */
            olderThanSeconds?: number;
            /** @description `backup`, names below `storages` of the configuration, or `all`; `backup` when absent */
            stores?: string[];
        };
        /** @description What a clean-up found */
        CleanupReport: {
            /** @description false: it was only told what would go */
            applied: boolean;
            /** @description The first thousand */
            items: {
                backup: string;
                /** Format: int64 */
                bytes: number;
                /**
                 * Format: date-time
                 * @description null while unknown
                 */
                changedAt: string | null;
                error: string;
                /** @enum {string} */
                kind: "interrupted-run" | "interrupted-delete" | "unfinished-backup" | "staging" | "scratch" | "upload" | "probe" | "leftover";
                /** Format: int64 */
                objects: number;
                /** @enum {string} */
                outcome: "found" | "removed" | "changed" | "failed";
                path: string;
                reason: string;
                store: string;
            }[];
            /** Format: int64 */
            itemsTotal: number;
            notes: string[];
            olderThanSeconds: number;
        };
        CompactBackup: {
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description Name of the new backup, `<name>_l0compacted` when absent */
            output?: string;
        };
        CopyBackup: {
            /** @description Name of the copy, when not the same */
            as?: string;
            /** @description Make the bucket of the target when it is not there */
            createBucket?: boolean;
            /** @description The same of the source; `backup` when absent */
            from?: string;
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description A name below `storages` of the configuration, or `backup` for its `backup.storage` */
            to: string;
        };
        CreateBackup: {
            filter?: components["schemas"]["Filter"];
            /**
             * @description auto when absent: snapshot from Milvus 3.0 on, binlog before
             * @enum {string}
             */
            format?: "auto" | "binlog" | "snapshot";
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description Add what Milvus tells of indexes in etcd alone */
            indexExtra?: boolean;
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
        DrillBackup: {
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description Name of the scratch database, which must not be there; made when absent */
            into?: string;
            /** @description Leave the scratch database */
            keep?: boolean;
            /** @description How many collections, 3 or 5%; all when absent */
            sample?: string;
            /** @description Chooses the sample */
            seed?: string;
        };
        /** @description What a drill came to */
        DrillReport: {
            /** Format: int64 */
            collections: number;
            /** Format: int64 */
            collectionsTotal: number;
            /** @description Collections whose rows were compared */
            compared: string[];
            database: string;
            kept: boolean;
            milvusVersion: string;
            /**
             * Format: date-time
             * @description null while unknown
             */
            provenAt: string | null;
            /** Format: int64 */
            rows: number;
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
            cleanup?: components["schemas"]["CleanupReport"];
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
            /** @description Of a copy, and of a migration on its way to the volume */
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
            drill?: components["schemas"]["DrillReport"];
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
            kind: "create" | "restore" | "copy" | "delete" | "verify" | "drill" | "migrate" | "cleanup" | "l0compact";
            /** @description Of a migration alone */
            migrate?: {
                clusterId: string;
                dataPath: string;
                /** @description Of Zilliz Cloud; empty before `started` */
                jobId: string;
                /** @enum {string} */
                phase: "uploading" | "uploaded" | "starting" | "started";
                volume: string;
            };
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
            verify?: components["schemas"]["VerifyReport"];
            /** @description What could not be done and does not touch the data */
            warnings: string[];
        };
        JobPage: {
            items: components["schemas"]["Job"][];
            /** @description Gives the next page; null on the last */
            nextCursor: string | null;
        };
        MigrateBackup: {
            /** @description Of the target in Zilliz Cloud */
            clusterId: string;
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description false: send all anew where an earlier run was cut short */
            resume?: boolean;
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
            /** @description Try it on a Milvus that is older than that of the backup */
            allowOlderMilvus?: boolean;
            dropExistCollection?: boolean;
            dropExistIndex?: boolean;
            /** @description Keys of encrypted databases: that of the backup to the one that Milvus is told instead */
            ezkMapping?: {
                [key: string]: string;
            };
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
            /**
             * @description `full` compares every row after the restore; counts when absent
             * @enum {string}
             */
            prove?: "counts" | "full";
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
            /** @description Leave out rows and deletes that came after the checkpoint of their channel */
            truncateBinlogByTs?: boolean;
            /** @description Vector indexes become AUTOINDEX */
            useAutoIndex?: boolean;
            /** @description Import by REST jobs, or not; by the version of Milvus when absent */
            useV2Restore?: boolean;
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
        SecondaryRestoreBody: {
            /** @description Id of the job; made when absent */
            id?: string;
            /** @description false: refuse what an interrupted try has left in the target */
            resume?: boolean;
            /** @description In place of the configured root of the backups */
            rootPath?: string;
            /** @description Of the cluster that the backup was made of */
            sourceClusterId: string;
            /** @description Of the Milvus of this server, its secondary */
            targetClusterId: string;
        };
        VerifyBackup: {
            /** @description A name below `storages` of the configuration; `backup` when absent */
            from?: string;
            /** @description Id of the job; made when absent */
            id?: string;
            /**
             * @description Each does what the one before it does, and more; checksum when absent
             * @enum {string}
             */
            level?: "meta" | "exists" | "checksum" | "read" | "decode";
            /** @description Another gives another part */
            seed?: string;
            /** @description Part of the data that is read, 5% or 1/10; all when absent */
            subset?: string;
        };
        /** @description What a verification found */
        VerifyReport: {
            counts: {
                /** Format: int64 */
                bytes: number;
                /** Format: int64 */
                bytesRead: number;
                /** Format: int64 */
                checksums: number;
                /** Format: int64 */
                collections: number;
                /** Format: int64 */
                objects: number;
                /** Format: int64 */
                objectsDecoded: number;
                /** Format: int64 */
                objectsProven: number;
                /** Format: int64 */
                objectsRead: number;
                /** Format: int64 */
                rows: number;
                /** Format: int64 */
                segments: number;
            };
            from: string;
            /** @enum {string} */
            level: "meta" | "exists" | "checksum" | "read" | "decode";
            /** @enum {string} */
            manifest: "present" | "absent" | "damaged";
            /** @description No problem was found */
            ok: boolean;
            problems: {
                collection: string | null;
                /** @description Below the folder of the backup */
                key: string;
                /** @enum {string} */
                kind: "meta" | "missing" | "size" | "checksum" | "content" | "rows";
                message: string;
            }[];
            /** Format: int64 */
            problemsTotal: number;
            subset: string | null;
            warnings: string[];
            /** Format: int64 */
            warningsTotal: number;
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
                /** @description true: every folder under the backup root, with what it is and why; false when absent */
                all?: "true" | "false";
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
    compactBackup: {
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
                 *       "output": "my_backup_flat"
                 *     }
                 */
                "application/json": components["schemas"]["CompactBackup"];
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
    drillBackup: {
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
                 *       "sample": "3"
                 *     }
                 */
                "application/json": components["schemas"]["DrillBackup"];
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
    migrateBackup: {
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
                 *       "clusterId": "in01-0123456789abcde"
                 *     }
                 */
                "application/json": components["schemas"]["MigrateBackup"];
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
    restoreSecondary: {
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
                 *       "sourceClusterId": "east",
                 *       "targetClusterId": "west"
                 *     }
                 */
                "application/json": components["schemas"]["SecondaryRestoreBody"];
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
    verifyBackup: {
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
                 *       "level": "decode"
                 *     }
                 */
                "application/json": components["schemas"]["VerifyBackup"];
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
    cleanUp: {
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
                 *       "apply": false
                 *     }
                 */
                "application/json": components["schemas"]["CleanUp"];
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
                kind?: "create" | "restore" | "copy" | "delete" | "verify" | "drill" | "migrate" | "cleanup" | "l0compact";
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

/** A checksum a store keeps with an object and returns without reading the object. */
export type ChecksumAlgorithm = 'crc32' | 'crc32c' | 'crc64' | 'md5';

/** What a driver can do beyond the contract's minimum. Absent means the default; each says what core does then. */
export interface DriverCapabilities {
  /**
   * `copyFrom` works between two drivers of this kind on one endpoint. Default false: it rejects with `UNSUPPORTED`,
   * core streams.
   */
  readonly serverSideCopy?: boolean;
  /** `copyFrom` can copy an object of any size. Default false: core streams objects over 5 GiB. */
  readonly multipartCopy?: boolean;
  /**
   * `put` honours `ifNoneMatch: '*'` under a race. Default false: it rejects with `UNSUPPORTED`, core refuses runs
   * that need a lease.
   */
  readonly conditionalPut?: boolean;
  /** Most keys in one `delete` request of the store. Default 1: still correct, only slower. */
  readonly deleteBatchSize?: number;
  /**
   * The checksum returned as `ObjectInfo.checksum` for objects that this driver wrote; others may have none. Default
   * none: core verifies by size alone.
   */
  readonly checksum?: ChecksumAlgorithm;
  /**
   * `put` holds what it writes against `PutOptions.md5`. Default false: core computes the checksum of what it streams
   * by itself, which costs more than the network.
   */
  readonly md5Put?: boolean;
  /**
   * Reading costs no network, and the store keeps no checksum: core reads what `copyFrom` has made, to know its checksum. Default
   * false: of such copies nothing but the size is known.
   */
  readonly nearby?: boolean;
}

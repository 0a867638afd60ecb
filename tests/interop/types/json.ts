// What a type of an SDK says of the JSON that it is read from.

/** Of a union, those whose `K` is `E`, or may be. */
export type Of<U, K extends string, E> = U extends { [P in K]: infer X } ? (E extends Plain<X> ? U : never) : never

/** Enumerations as the values that they stand for. */
type Plain<T> = T extends string ? `${T}` : T extends number ? Value<T> : T
type Value<T extends number> = `${T}` extends `${infer N extends number}` ? N : T

/** Sums of flags, which their types list one by one. */
type Sums = 'flags' | 'public_flags' | 'system_channel_flags'

/** What has changed: parts of parts, of which the types know whole ones alone. */
type Changes = 'previous_attributes'

/** The type as JSON: enumerations by value, dates and decimals as text, no methods. */
export type Json<T> = unknown extends T ? unknown
  : T extends string | number ? Plain<T>
    : T extends boolean | null | undefined ? T
      : T extends Date | { isZero: unknown } ? string
        : T extends readonly (infer U)[] ? Json<U>[]
          : T extends (...all: never[]) => unknown ? unknown
            : T extends object ? { [K in keyof T]: K extends Changes ? unknown : K extends Sums ? Sum<T[K]> : Json<T[K]> } : T
type Sum<T> = T extends number ? number : T

/** A value with the types of what is in it, such that it may have more than is asked for. */
export declare function json<const T>(value: T): Open<T>
type Open<T> = T extends object ? { -readonly [K in keyof T]: Open<T[K]> } : T

import { ApiError } from '@parley/sdk'
import { QueryClient, useInfiniteQuery, useQuery } from '@tanstack/react-query'

const client = new QueryClient({ defaultOptions: { queries: { staleTime: 5_000, retry: (failures, error) => failures < 1 && !(error instanceof ApiError && !error.passing), networkMode: 'always' } } })

/** Something that is fetched when it is looked at, and not part of the live store. */
export function useRemote<T>(key: readonly unknown[], load: (signal: AbortSignal) => Promise<T>) {
  return useQuery({ queryKey: key, queryFn: ({ signal }) => load(signal) }, client)
}

interface Page<T> {
  items: readonly T[]
  /** Where the next page begins; undefined: this is the last. */
  next: number | undefined
}

/** A list that is fetched a page at a time, as far as somebody looks. */
export function usePages<T>(key: readonly unknown[], load: (from: number | undefined, signal: AbortSignal) => Promise<Page<T>>) {
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (last) => last.next,
  }, client)
  return { items: data?.pages.flatMap((page) => page.items), error, more: hasNextPage ? () => void fetchNextPage() : undefined, loading: isFetching }
}

/** The page of an answer that goes on before a message. */
export function backwards<T>(answer: { data: readonly T[]; page?: unknown }): Page<T> {
  const page = answer.page as { hasMore?: boolean; before?: number | null } | undefined
  return { items: answer.data, next: page?.hasMore ? (page.before ?? undefined) : undefined }
}

/** The page of an answer whose pages are numbered. */
export function numbered<T>(answer: { data: readonly T[]; page?: unknown }, n: number): Page<T> {
  return { items: answer.data, next: (answer.page as { hasMore?: boolean } | undefined)?.hasMore ? n + 1 : undefined }
}

export function forget(key: readonly unknown[]): void {
  void client.invalidateQueries({ queryKey: key })
}

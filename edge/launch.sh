# How the process of `bangtin edge` is started. The one place for it: the `bangtin` command reads this file, and the systemd unit, the demo
# and the memory test all start the daemon through that command. Read by /bin/sh; `here` is the folder of the `bangtin` command.
# Figures and method: edge/README.md, "Memory". Nothing here is needed for right behaviour, only for the budget of 120 MB.

# One malloc arena. glibc gives each of a dozen threads its own, and what one arena frees the others cannot use: 15 to 20 MB.
export MALLOC_ARENA_MAX=1

# Buffers of pages and pictures, some megabytes each, come from the kernel and go back when freed. glibc would otherwise learn to keep
# them, with holes between: 4 to 6 MB. A page drawn right after another takes 3 ms longer, a page after a pause none.
export MALLOC_MMAP_THRESHOLD_=262144

# Compiled code and stripped types from the start before. Without it the daemon compiles the type stripper, a WASM of 10 MB, at each start.
# Where this folder cannot be written the daemon starts all the same. Never a folder others may write to: what is read from it is run.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-$here/node_modules/.cache/bangtin}"

# A small young generation (the engine's default lets garbage grow to 32 MB before it looks), less speculative code, and an upper bound
# for the heap (four times what it uses) above which a leak is a restart and not a machine out of memory.
flags="--max-semi-space-size=1 --optimize-for-size --max-old-space-size=96"

;; A core module with the newer names of core imports and exports (`cm32p2|interface|function`) in place of
;; `interface#function`: on-cron logs the tag and answers `not last`.
(module
  (import "cm32p2|hermes:logging/api" "log" (func $log (param i32)))
  (memory (export "cm32p2_memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func (export "cm32p2_realloc") (param i32 i32 i32 i32) (result i32)
    (local $p i32)
    (local.set $p
      (i32.and
        (i32.add (global.get $top) (i32.sub (local.get 2) (i32.const 1)))
        (i32.sub (i32.const 0) (local.get 2))))
    (global.set $top (i32.add (local.get $p) (local.get 3)))
    (local.get $p))
  (func (export "cm32p2_initialize"))
  (func (export "cm32p2|hermes:cron/event|on-cron") (param i32 i32 i32 i32 i32) (result i32)
    (i32.store8 (i32.const 0) (i32.const 2))
    (i32.store (i32.const 56) (local.get 2))
    (i32.store (i32.const 60) (local.get 3))
    (call $log (i32.const 0))
    (i32.eqz (local.get 4)))
  (func (export "cm32p2|hermes:cron/event|on-cron_post") (param i32)
    (global.set $top (i32.const 1024))))

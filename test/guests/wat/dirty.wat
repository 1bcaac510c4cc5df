;; A guest that leaves as much behind as it can: in its memories, globals and tables, and by dropping what it was
;; given. `look` tells what it finds: 0 in all bits where everything is as it was in the binary.
(component
  (import "test:host/api" (instance $host (export "wait" (func (param "n" u32) (result u32)))))
  (core func $wait (canon lower (func $host "wait")))
  (core module $M
    (import "" "wait" (func $wait (param i32) (result i32)))
    (type $f (func (result i32)))
    (memory $m (export "mem") 2 40)
    (memory $other 1)
    (table $t 2 20 funcref)
    (global $g (mut i32) (i32.const 7))
    (global $wide (mut i64) (i64.const 7))
    (global $v (mut v128) (v128.const i64x2 7 7))
    (data (memory $m) (i32.const 65000) "given")
    (data $passive "passive")
    (elem (table $t) (i32.const 0) func $one)
    (elem $later func $two)
    (func $one (type $f) (i32.const 1))
    (func $two (type $f) (i32.const 2))
    (elem declare func $two)

    ;; how many 8-byte words of a memory of so many pages are not zero
    (func $count (param $pages i32) (result i32)
      (local $at i32) (local $n i32) (local $end i32)
      (local.set $end (i32.shl (local.get $pages) (i32.const 16)))
      (loop $next
        (if (i64.ne (i64.load $m (local.get $at)) (i64.const 0))
          (then (local.set $n (i32.add (local.get $n) (i32.const 1)))))
        (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (local.get $end))))
      (local.get $n))

    ;; bit 0: size, 1: bytes, 2: the other memory, 3: globals, 4: table, 5: passive segments
    (func (export "look") (result i32)
      (local $found i32)
      (local.set $found (i32.ne (memory.size $m) (i32.const 2)))
      (if (i32.or
            (i32.ne (call $count (memory.size $m)) (i32.const 1))
            (i64.ne (i64.load $m (i32.const 65000)) (i64.const 0x6e65766967)))
        (then (local.set $found (i32.or (local.get $found) (i32.const 2)))))
      (if (i64.ne (i64.load $other (i32.const 64)) (i64.const 0))
        (then (local.set $found (i32.or (local.get $found) (i32.const 4)))))
      (if (i32.or
            (i32.or (i32.ne (global.get $g) (i32.const 7)) (i64.ne (global.get $wide) (i64.const 7)))
            (i64.ne (i64x2.extract_lane 1 (global.get $v)) (i64.const 7)))
        (then (local.set $found (i32.or (local.get $found) (i32.const 8)))))
      (if (i32.or
            (i32.or (i32.ne (table.size $t) (i32.const 2)) (i32.eqz (ref.is_null (table.get $t (i32.const 1)))))
            (i32.ne (call_indirect $t (type $f) (i32.const 0)) (i32.const 1)))
        (then (local.set $found (i32.or (local.get $found) (i32.const 16)))))
      (local.get $found))

    ;; the segments are there when this does not trap
    (func (export "use-segments")
      (memory.init $m $passive (i32.const 8) (i32.const 0) (i32.const 7))
      (table.init $t $later (i32.const 1) (i32.const 0) (i32.const 1)))

    ;; fills a part of the memory, after growing it
    (func (export "soil") (param $pages i32) (param $from i32) (param $size i32)
      (drop (memory.grow $m (local.get $pages)))
      (memory.fill $m (local.get $from) (i32.const 0xaa) (local.get $size))
      (i64.store $other (i32.const 64) (i64.const 1))
      (global.set $g (i32.const 8))
      (global.set $wide (i64.const 8))
      (global.set $v (v128.const i64x2 8 8))
      (drop (table.grow $t (ref.func $two) (i32.const 1)))
      (table.set $t (i32.const 0) (ref.func $two))
      (table.set $t (i32.const 1) (ref.func $two)))
    (func (export "drop-segments")
      (data.drop $passive)
      (elem.drop $later))
    (func (export "wait") (param i32) (result i32)
      (memory.fill $m (i32.const 0) (i32.const 0x55) (i32.const 64))
      (call $wait (local.get 0)))
    (func (export "trap") unreachable))
  (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait))))))
  (func (export "look") (result u32) (canon lift (core func $m "look")))
  (func (export "use-segments") (canon lift (core func $m "use-segments")))
  (func (export "soil") (param "pages" u32) (param "from" u32) (param "size" u32) (canon lift (core func $m "soil")))
  (func (export "drop-segments") (canon lift (core func $m "drop-segments")))
  (func (export "wait") (param "n" u32) (result u32) (canon lift (core func $m "wait")))
  (func (export "trap") (canon lift (core func $m "trap")))
  ;; a memory that the other core only borrows, handed out to `text`
  (core module $Text
    (import "" "mem" (memory 2))
    (func (export "text") (param $at i32) (param $size i32) (result i32)
      (i32.store (i32.const 4) (local.get $size))
      (i32.store (i32.const 0) (local.get $at))
      (i32.const 0)))
  (core instance $text (instantiate $Text (with "" (instance (export "mem" (memory $m "mem"))))))
  (func (export "bytes") (param "at" u32) (param "size" u32) (result (list u8))
    (canon lift (core func $text "text") (memory (core memory $m "mem")))))

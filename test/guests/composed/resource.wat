;; A resource of the innermost component travels through a middle layer that only knows it by name to the
;; outermost, which lends it back. Every table has handles of its own.
(component
  (component $Inner
    (core module $D
      (global $live (export "live") (mut i32) (i32.const 0))
      (func (export "destroy") (param i32)
        (global.set $live (i32.sub (global.get $live) (i32.const 1)))))
    (core instance $d (instantiate $D))
    (type $cell' (resource (rep i32) (dtor (core func $d "destroy"))))
    (export $cell "cell" (type $cell'))
    (canon resource.new $cell' (core func $new))
    (core module $M
      (import "" "live" (global $live (mut i32)))
      (import "" "new" (func $new (param i32) (result i32)))
      (func (export "make") (param i32) (result i32)
        (global.set $live (i32.add (global.get $live) (i32.const 1)))
        (call $new (local.get 0)))
      (func (export "value") (param i32) (result i32) (local.get 0))
      (func (export "live") (result i32) (global.get $live)))
    (core instance $m (instantiate $M (with "" (instance
      (export "live" (global $d "live")) (export "new" (func $new))))))
    (func (export "make") (param "n" u32) (result (own $cell)) (canon lift (core func $m "make")))
    (func (export "value") (param "c" (borrow $cell)) (result u32) (canon lift (core func $m "value")))
    (func (export "live") (result u32) (canon lift (core func $m "live"))))

  ;; `swap` makes two cells first, so that its handle numbers differ from those of the others.
  (component $Middle
    (import "inner" (instance $inner
      (export "cell" (type $cell (sub resource)))
      (export "make" (func (param "n" u32) (result (own $cell))))
      (export "value" (func (param "c" (borrow $cell)) (result u32)))))
    (alias export $inner "cell" (type $cell))
    (core func $make (canon lower (func $inner "make")))
    (core func $value (canon lower (func $inner "value")))
    (canon resource.drop $cell (core func $drop))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "value" (func $value (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      ;; takes a cell, returns a new one with twice its value
      (func (export "swap") (param $given i32) (result i32)
        (local $a i32) (local $b i32)
        (local.set $a (call $make (i32.const 1)))
        (local.set $b (call $make (i32.mul (call $value (local.get $given)) (i32.const 2))))
        (call $drop (local.get $a))
        (call $drop (local.get $given))
        (local.get $b))
      (func (export "peek") (param $lent i32) (result i32)
        (local $v i32)
        (local.set $v (call $value (local.get $lent)))
        (call $drop (local.get $lent))
        (local.get $v)))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "value" (func $value)) (export "drop" (func $drop))))))
    (func (export "swap") (param "c" (own $cell)) (result (own $cell)) (canon lift (core func $m "swap")))
    (func (export "peek") (param "c" (borrow $cell)) (result u32) (canon lift (core func $m "peek"))))

  (component $Outer
    (import "inner" (instance $inner
      (export "cell" (type $cell (sub resource)))
      (export "make" (func (param "n" u32) (result (own $cell))))
      (export "live" (func (result u32)))))
    (alias export $inner "cell" (type $cell))
    (import "middle" (instance $middle
      (export "swap" (func (param "c" (own $cell)) (result (own $cell))))
      (export "peek" (func (param "c" (borrow $cell)) (result u32)))))
    (core func $make (canon lower (func $inner "make")))
    (core func $live (canon lower (func $inner "live")))
    (core func $swap (canon lower (func $middle "swap")))
    (core func $peek (canon lower (func $middle "peek")))
    (canon resource.drop $cell (core func $drop))
    (core module $M
      (import "" "make" (func $make (param i32) (result i32)))
      (import "" "live" (func $live (result i32)))
      (import "" "swap" (func $swap (param i32) (result i32)))
      (import "" "peek" (func $peek (param i32) (result i32)))
      (import "" "drop" (func $drop (param i32)))
      ;; swap(swap(n)) is 4 n; then 1000 for each cell that was leaked
      (func (export "run") (param $n i32) (result i32)
        (local $c i32) (local $v i32)
        (local.set $c (call $swap (call $swap (call $make (local.get $n)))))
        (local.set $v (call $peek (local.get $c)))
        (call $drop (local.get $c))
        (i32.add (local.get $v) (i32.mul (call $live) (i32.const 1000))))
      ;; uses a cell after giving it away
      (func (export "use-after-move") (param $n i32) (result i32)
        (local $c i32)
        (local.set $c (call $make (local.get $n)))
        (call $drop (call $swap (local.get $c)))
        (call $peek (local.get $c)))
      ;; drops one twice
      (func (export "drop-twice") (param $n i32) (result i32)
        (local $c i32)
        (local.set $c (call $make (local.get $n)))
        (call $drop (local.get $c))
        (call $drop (local.get $c))
        (i32.const 0)))
    (core instance $m (instantiate $M (with "" (instance
      (export "make" (func $make)) (export "live" (func $live)) (export "swap" (func $swap))
      (export "peek" (func $peek)) (export "drop" (func $drop))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run")))
    (func (export "use-after-move") (param "n" u32) (result u32) (canon lift (core func $m "use-after-move")))
    (func (export "drop-twice") (param "n" u32) (result u32) (canon lift (core func $m "drop-twice"))))

  (instance $inner (instantiate $Inner))
  (instance $middle (instantiate $Middle (with "inner" (instance $inner))))
  (instance $outer (instantiate $Outer (with "inner" (instance $inner)) (with "middle" (instance $middle))))
  (export "run" (func $outer "run"))
  (export "use-after-move" (func $outer "use-after-move"))
  (export "drop-twice" (func $outer "drop-twice"))
  (export "test:inner/cells" (instance $inner)))

"""The Mandelbrot set in real arithmetic, into an image of bytes."""
# setup: import numpy as np; image = np.zeros((32, 48), dtype=np.uint8)
# run: mandel(image, 20)


def mandel(image, limit):
    height, width = image.shape
    for row in range(height):
        c_imaginary = 2 * row / height - 1
        for column in range(width):
            c_real = 3 * column / width - 2
            real = imaginary = 0.0
            for count in range(limit):
                squares = real * real, imaginary * imaginary
                if squares[0] + squares[1] > 4:
                    break
                real, imaginary = squares[0] - squares[1] + c_real, 2 * real * imaginary + c_imaginary
            image[row, column] = count
    return image
